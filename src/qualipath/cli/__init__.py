"""The command line: parses input, supplies actor and time, calls the engine, shows the result."""

from qualipath.cli.app import app

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line and leave with its exit code."""
    app(prog_name="qualipath")
