"""What one notice looks like, filled in with given fields."""

from collections.abc import Mapping
from pathlib import Path

from qualipath.definition.values import Locale
from qualipath.domain.correspondence import Gendering
from qualipath.notices.mail import Rendered, Value
from qualipath.notices.templating import Templates


def render(
    templates: Path,
    notice: str,
    locale: Locale,
    gendering: Gendering,
    fields: Mapping[str, Value],
) -> Rendered:
    """Fill a notice's templates in, with their styles inlined, as they would be sent."""
    return Templates(templates).rendered(notice, locale, gendering, fields)
