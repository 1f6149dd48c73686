"""Sheets: tables of .csv and .xlsx files, read row by row with their places, and written safely."""
