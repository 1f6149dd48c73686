"""`python -m qualipath`: the command line."""

from qualipath.cli import main

if __name__ == "__main__":
    main()
