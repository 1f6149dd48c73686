"""What if: years of a path played through the real services, with made-up people who behave."""
