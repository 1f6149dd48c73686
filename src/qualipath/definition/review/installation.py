"""What can't be meant in an installation's attributes."""

from collections.abc import Iterator, Mapping

from qualipath.definition.source import Source
from qualipath.definition.spec import AttributeSpec
from qualipath.errors import Problem


def attribute_problems(
    attributes: Mapping[str, AttributeSpec], source: Source
) -> Iterator[Problem]:
    """Find attributes that list values although their type is not text."""
    for name, attribute in attributes.items():
        if attribute.one_of and attribute.type != "text":
            what = f"only texts can be listed, and this is of type {attribute.type}"
            right = "leave it out, or write 'type: text'"
            yield source.problem(("attributes", name, "one_of"), what, right)
