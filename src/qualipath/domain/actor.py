"""Who acts."""

from dataclasses import dataclass

from qualipath.definition.spec import Role


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a role, an id and an organisation, which the calling program vouches for.

    `id` is a personnel number for supervisors and employees, and free for the other roles.
    `organisation` (a key) is the one whose people an actor may touch, with all below it; for HR
    and the schedule, None means every organisation.
    """

    role: Role
    id: str
    organisation: str | None = None

    def __str__(self) -> str:
        place = f"@{self.organisation}" if self.organisation else ""
        return f"{self.role}:{self.id}{place}"
