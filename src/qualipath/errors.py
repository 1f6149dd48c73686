"""Every error that qualipath raises: one hierarchy, in which a docstring is the error's meaning."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol


class Sayable(Protocol):
    """Something that is told in the reader's language."""

    def text(self, locale: str = "en") -> str:
        """Tell it in the language of `locale` (`de` or `en`)."""


class Reason(Sayable, Protocol):
    """One reason why something was refused."""

    @property
    def code(self) -> str:
        """Name the kind of reason for programs, such as `prerequisites`, `role` or `state`."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in what somebody wrote: where, what, and what would be right.

    `line` and `column` count from 1; 0 says that the problem is not at one place in the file.
    `field` is the dotted name of the field or column.
    """

    file: str
    line: int
    column: int
    field: str
    what: str
    right: str = ""

    def __str__(self) -> str:
        place = ":".join([self.file, *(str(n) for n in (self.line, self.column) if n)])
        told = f"{place}: {self.field}: {self.what}" if self.field else f"{place}: {self.what}"
        return f"{told}; {self.right}" if self.right else told


class QualipathError(Exception):
    """Something that qualipath can name went wrong; nothing was written."""

    exit_code: ClassVar[int] = 1


class ProblemsError(QualipathError):
    """What somebody wrote has problems; each is named with its place."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class DefinitionError(ProblemsError):
    """A path, lifecycle or another definition is wrong."""


class SheetError(ProblemsError):
    """A file of people or results can't be imported as it is."""


class NotFoundError(QualipathError):
    """There is no such thing, or the actor may not see it: both answer alike."""

    exit_code = 3


class RefusedError(QualipathError):
    """The rules do not allow this now; every reason is given."""

    exit_code = 4

    def __init__(self, reasons: Sequence[Reason], what: str | Sayable = "") -> None:
        self.reasons = tuple(reasons)
        self.what = what
        super().__init__(self.text())

    def heading(self, locale: str = "en") -> str:
        """Tell what was refused, without the reasons; empty if that was not said."""
        return self.what if isinstance(self.what, str) else self.what.text(locale)

    def text(self, locale: str = "en") -> str:
        """Tell what was refused and every reason, one a line, in the language of `locale`."""
        told = [f"- {reason.text(locale)}" for reason in self.reasons]
        heading = self.heading(locale)
        return "\n".join([f"{heading}:", *told] if heading else told)


class ConflictError(QualipathError):
    """Somebody else changed the same thing first; look again and decide anew."""

    exit_code = 5


class KeyReusedError(QualipathError):
    """This idempotency key was already used for another command."""

    exit_code = 5


class InputError(QualipathError):
    """An argument is not of the form that the call takes."""

    exit_code = 2


class DatabaseError(QualipathError):
    """The database can't be used as it is: missing, locked, read-only, or of another version."""

    exit_code = 6


class TemplateError(ProblemsError):
    """A mail's template is wrong, or can't be filled in."""


class DeliveryError(QualipathError):
    """A mail did not get through for now; it may later."""

    exit_code = 7

    def __init__(self, what: str | Sayable) -> None:
        self.what = what
        super().__init__(self.text())

    def text(self, locale: str = "en") -> str:
        """Tell what happened in the language of `locale`."""
        return self.what if isinstance(self.what, str) else self.what.text(locale)


class UnreachableError(DeliveryError):
    """Mails can't be sent at all for now: the mail server, or folder, can't be used."""


class UndeliverableError(DeliveryError):
    """A mail will never get through as it is: it was refused for good, or has no address."""


class UnansweredError(DeliveryError):
    """A mail may have got through: the connection broke before the server answered."""
