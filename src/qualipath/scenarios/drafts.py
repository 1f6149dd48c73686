"""Definitions as they are when something begins to be played."""

from dataclasses import dataclass, replace
from typing import Self

from qualipath.definition.catalogue import Catalogue
from qualipath.definition.spec import Definition
from qualipath.engine import Qualipath
from qualipath.engine.drafts import Drafts


# Equal and hashed as drafts are, by their folders.
@dataclass(frozen=True, slots=True, eq=False)
class ReadOnce(Drafts):
    """One path's definitions, read once: not anew for every intake that is planned."""

    read: Catalogue
    played: Definition

    @classmethod
    def of(cls, drafts: Drafts, path: str) -> Self:
        """Read a path with all that it refers to; raises `DefinitionError`."""
        definition = drafts.definition(path)
        return cls(drafts.workflows, drafts.templates, drafts.catalogue(), definition)

    def catalogue(self) -> Catalogue:
        """Give what was read."""
        return self.read

    def definition(self, path: str) -> Definition:  # noqa: ARG002 -- there is only this one
        """Give what was read."""
        return self.played

    def at(self, qualipath: Qualipath) -> Qualipath:
        """Give the same installation, with these definitions."""
        return replace(qualipath, drafts=self)
