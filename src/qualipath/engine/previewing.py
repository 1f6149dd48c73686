"""Templates as those who write them look at them: the check, the fields, and a preview."""

from collections.abc import Mapping

from qualipath.definition.values import Locale
from qualipath.domain.correspondence import Gendering
from qualipath.engine.drafts import Drafts
from qualipath.errors import Problem
from qualipath.notices.about import fields_of
from qualipath.notices.checking import check_templates as check_folder
from qualipath.notices.field import Field
from qualipath.notices.mail import Rendered
from qualipath.notices.templating import Templates


def check_templates(drafts: Drafts) -> tuple[Problem, ...]:
    """Find everything that is wrong with the templates of every notice, in every language."""
    return tuple(check_folder(drafts.templates, drafts.notices()))


def template_fields(drafts: Drafts, notice: str) -> Mapping[str, Field]:
    """Give what a notice's templates may use, by name; raises `NotFoundError`."""
    return fields_of(drafts.about(notice))


def preview(
    drafts: Drafts, notice: str, locale: Locale = "de", gendering: Gendering = "neutral"
) -> Rendered:
    """Fill a notice's templates in with samples, as it would be sent.

    Raises `NotFoundError`, and `TemplateError` where that can't be done.
    """
    fields = template_fields(drafts, notice)
    samples = {
        name: field.empty if name in _UNUSUAL else field.shown(locale)
        for name, field in fields.items()
    }
    return Templates(drafts.templates).rendered(notice, locale, gendering, samples)


_UNUSUAL = frozenset({"on_behalf_of"})
"""What most mails lack, and what hides in a preview how they read then."""
