"""The commands about mails: the outbox, the templates, who is written to, and a test of it all."""

import typer

from qualipath.cli.mails import correspondence, outbox, proving, reading, templates
from qualipath.cli.options import MAILS

commands = typer.Typer()
_outbox = typer.Typer(no_args_is_help=True)
for family in (outbox, reading):
    _outbox.add_typer(family.commands)
commands.add_typer(
    _outbox,
    name="outbox",
    help="Mails that wait, were sent, or could not be.",
    rich_help_panel=MAILS,
)
commands.add_typer(
    templates.commands,
    name="templates",
    help="The texts of mails: check, preview, and what they may use.",
    rich_help_panel=MAILS,
)
commands.add_typer(
    proving.commands, name="mail", help="How mails leave: a test.", rich_help_panel=MAILS
)
commands.add_typer(
    correspondence.providers,
    name="provider",
    help="Who runs courses, and where their mails go.",
    rich_help_panel=MAILS,
)
