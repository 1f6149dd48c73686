"""What can't be meant in how notices are sent: unknown states, digests and calendars of others."""

from collections.abc import Iterator

from qualipath.definition.review.notices import placed_notices
from qualipath.definition.source import Location, Source, suggestion
from qualipath.definition.spec import LifecycleSpec, NoticeSpec
from qualipath.errors import Problem


def sending_problems(lifecycle: LifecycleSpec, source: Source) -> Iterator[Problem]:
    """Find notices that could never be sent, or of which a lifecycle says different things."""
    states = source.names("states")
    first: dict[tuple[str, str], tuple[NoticeSpec, Location]] = {}
    for notice, at in placed_notices(lifecycle):
        for number, state in enumerate(notice.send_while):
            if states is not None and state not in states:
                right = suggestion(state, states)
                what = f"there is no state '{state}'"
                yield source.problem((*at, "send_while", number), what, right)
        if notice.digest is not None and notice.to not in {"supervisor", "deputy"}:
            what = "only a supervisor or a deputy gets a digest"
            yield source.problem((*at, "digest"), what, "leave it out")
        if notice.calendar is not None and notice.to != "employee":
            what = "only an employee's calendar is written"
            yield source.problem((*at, "calendar"), what, "leave it out")
        other, elsewhere = first.setdefault((notice.notice, notice.to), (notice, at))
        if other != notice:
            line = source.problem(elsewhere, "", "").line
            what = (
                f"the notice '{notice.notice}' to {notice.to} is sent under other conditions at "
                f"line {line}"
            )
            yield source.problem(at, what, "write the same at both places")
