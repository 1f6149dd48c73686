"""JSON Schemas of the definition files, by which editors complete and check while one writes."""

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from qualipath.definition.loader import MODELS
from qualipath.definition.values import as_list


def schemas() -> dict[str, dict[str, Any]]:
    """Give a schema (JSON Schema 2020-12) for each kind of file, by the kind's name.

    It takes whatever the loader takes, shorthands too; the loader and `review` are stricter.
    """
    return {
        kind: {"$schema": GenerateJsonSchema.schema_dialect}
        | model.model_json_schema(schema_generator=_EditorSchema)
        for kind, model in MODELS.items()
    }


def schema_text(schema: dict[str, Any]) -> str:
    """Write a schema as its file holds it; the same schema gives the same text."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


class _EditorSchema(GenerateJsonSchema):
    """Knows what pydantic can't see: a single value for a list of one, and names' rule for keys."""

    def function_before_schema(
        self, schema: core_schema.BeforeValidatorFunctionSchema
    ) -> JsonSchemaValue:
        written = super().function_before_schema(schema)
        if schema["function"]["function"] is as_list and "items" in written:
            return {"anyOf": [written["items"], written]}
        return written

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        written = super().dict_schema(schema)
        return (
            {**written, "additionalProperties": False}
            if "patternProperties" in written
            else written
        )

    def get_title_from_name(self, name: str) -> str:
        """Title a field by its own name: what people write, not words made of it."""
        return name
