"""Static analysis of definitions: what is readable, and still can't be meant."""

from qualipath.definition.review.checking import check, review, reviewed_definition

__all__ = ["check", "review", "reviewed_definition"]
