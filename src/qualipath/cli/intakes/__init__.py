"""The commands about intakes: plan a year, move what the scheduler does not, see who is in them."""

import typer

from qualipath.cli.intakes import asking, moving, planning
from qualipath.cli.options import INTAKES

commands = typer.Typer()
_intake = typer.Typer(no_args_is_help=True)
for family in (planning, asking, moving):
    _intake.add_typer(family.commands)
commands.add_typer(
    _intake,
    name="intake",
    help="Intakes: when tiers are offered, and who has a seat.",
    rich_help_panel=INTAKES,
)
