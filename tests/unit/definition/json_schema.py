"""As much of JSON Schema 2020-12 as our schemas use: any other keyword is an error.

Written from the specification (json-schema.org/draft/2020-12), not from what writes the schemas.
"""

import re
from collections.abc import Callable
from typing import Any

_TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
}

_Compare = Callable[[Any, Any], bool]
_NOTES = {"$schema", "$defs", "title", "description", "default", "format"}


def accepts(schema: dict[str, Any], value: object, root: dict[str, Any] | None = None) -> bool:
    """Tell whether a value is valid; raises `KeyError` for a keyword that is not known here."""
    root = schema if root is None else root
    return all(
        _KEYWORDS[keyword](argument, value, schema, root)
        for keyword, argument in schema.items()
        if keyword not in _NOTES
    )


def _reference(to: str, value: Any, _: dict[str, Any], root: dict[str, Any]) -> bool:
    return accepts(root["$defs"][to.removeprefix("#/$defs/")], value, root)


def _properties(of: Any, value: Any, _: dict[str, Any], root: dict[str, Any]) -> bool:
    if not isinstance(value, dict):
        return True
    return all(accepts(of[key], item, root) for key, item in value.items() if key in of)


def _patterns(of: Any, value: Any, _: dict[str, Any], root: dict[str, Any]) -> bool:
    if not isinstance(value, dict):
        return True
    return all(
        accepts(schema, item, root)
        for pattern, schema in of.items()
        for key, item in value.items()
        if re.search(pattern, key)
    )


def _additional(of: Any, value: Any, schema: dict[str, Any], root: dict[str, Any]) -> bool:
    if not isinstance(value, dict):
        return True
    patterns = schema.get("patternProperties", {})
    others = [
        item
        for key, item in value.items()
        if key not in schema.get("properties", {}) and not any(re.search(p, key) for p in patterns)
    ]
    return not others if of is False else all(accepts(of, item, root) for item in others)


def _items(of: Any, value: Any, _: dict[str, Any], root: dict[str, Any]) -> bool:
    return not isinstance(value, list) or all(accepts(of, item, root) for item in value)


def _names(of: Any, value: Any, _: dict[str, Any], root: dict[str, Any]) -> bool:
    return not isinstance(value, dict) or all(accepts(of, key, root) for key in value)


def _any(of: Any, value: Any, _: dict[str, Any], root: dict[str, Any]) -> bool:
    return any(accepts(schema, value, root) for schema in of)


def _one(of: Any, value: Any, _: dict[str, Any], root: dict[str, Any]) -> bool:
    return sum(accepts(schema, value, root) for schema in of) == 1


def _sized(
    kind: type[str | list[Any] | dict[str, Any]], fits: Callable[[int, int], bool]
) -> Callable[..., bool]:
    return lambda limit, value, *_: not isinstance(value, kind) or fits(len(value), limit)


def _number(fits: _Compare) -> Callable[..., bool]:
    return lambda limit, value, *_: not _TYPES["number"](value) or fits(value, limit)


_KEYWORDS: dict[str, Callable[..., bool]] = {
    "$ref": _reference,
    "type": lambda name, value, *_: _TYPES[name](value),
    "enum": lambda values, value, *_: value in values,
    "const": lambda only, value, *_: value == only,
    "pattern": lambda p, value, *_: not isinstance(value, str) or bool(re.search(p, value)),
    "properties": _properties,
    "patternProperties": _patterns,
    "additionalProperties": _additional,
    "propertyNames": _names,
    "required": lambda keys, value, *_: not isinstance(value, dict) or set(keys) <= set(value),
    "items": _items,
    "anyOf": _any,
    "oneOf": _one,
    "minLength": _sized(str, int.__ge__),
    "maxLength": _sized(str, int.__le__),
    "minItems": _sized(list, int.__ge__),
    "minProperties": _sized(dict, int.__ge__),
    "minimum": _number(lambda value, limit: bool(value >= limit)),
    "maximum": _number(lambda value, limit: bool(value <= limit)),
    "exclusiveMinimum": _number(lambda value, limit: bool(value > limit)),
    "exclusiveMaximum": _number(lambda value, limit: bool(value < limit)),
}
