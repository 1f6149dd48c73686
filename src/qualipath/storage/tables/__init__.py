"""The tables, with every constraint named; what the database can forbid, it forbids."""

from qualipath.storage.tables.attempts import credential, deadline, enrolment
from qualipath.storage.tables.intakes import intake, planning, tick
from qualipath.storage.tables.mails import STATUSES, correspondence, message, notice, provider
from qualipath.storage.tables.metadata import metadata
from qualipath.storage.tables.people import (
    attribute,
    employee,
    organisation,
    organisation_reach,
    path_version,
)
from qualipath.storage.tables.records import command, history, ranking

__all__ = [
    "STATUSES",
    "attribute",
    "command",
    "correspondence",
    "credential",
    "deadline",
    "employee",
    "enrolment",
    "history",
    "intake",
    "message",
    "metadata",
    "notice",
    "organisation",
    "organisation_reach",
    "path_version",
    "planning",
    "provider",
    "ranking",
    "tick",
]
