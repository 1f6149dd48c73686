"""The people of one file: read, checked as a whole, compared with the database, and written."""
