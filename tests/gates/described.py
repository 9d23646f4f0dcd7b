"""An OpenAPI description of every route, read from the URL map; of JSON alone the shape is written.

What a route takes comes from its rule and its sample, so that nothing falls behind. What JSON it
answers with is written below; a gate fails by the name of a route that answers with other JSON.
"""

from collections.abc import Mapping
from typing import Any

from app.cases.rules import EDUCATIONS, QUALIFICATIONS, SEXES, StepKind
from app.privacy.queries import told_columns
from app.privacy.subject_paper import SECTIONS
from app.procedure.transfer_files import FORMAT
from tests.gates.samples import Id, Route, Upload

Schema = Mapping[str, Any]

MACHINES = frozenset({"health.alive", "health.ready", "operations.metrics"})
"""What answers machines, though not with JSON."""

REFUSALS = ("400", "403", "404", "409", "413", "422", "429")
LONGEST_TYPED = 60
_PAGE: Schema = {"text/html": {}}
_FORM, _FILES = "application/x-www-form-urlencoded", "multipart/form-data"


def _object(properties: Mapping[str, Schema]) -> Schema:
    """Describe an object that has all these and nothing else."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": sorted(properties),
        "additionalProperties": False,
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _or_nothing(codes: tuple[str, ...]) -> Schema:
    return {"enum": [*codes, None]}


_TEXT: Schema = {"type": "string", "minLength": 1}
_MAYBE_TEXT: Schema = {"type": ["string", "null"]}
_DAY: Schema = {"type": "string", "format": "date"}

JSON_ANSWERS: Mapping[str, Schema] = {
    "privacy.export": _object(
        {
            "exported_by": _TEXT,
            "exported_at": {"type": "string", "format": "date-time"},
            **{
                section: _list(_object({column: {} for column in told_columns(section)}))
                for section in SECTIONS
            },
        }
    ),
    "cases.handover_file": _object(
        {
            "format": {"const": FORMAT},
            "number": _TEXT,
            "from": _TEXT,
            "to": _TEXT,
            "sent_on": _DAY,
            "checksum": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "person": _object(
                {
                    "full_name": _TEXT,
                    "date_of_birth": _DAY,
                    "sex": {"enum": list(SEXES)},
                    "ethnicity": _MAYBE_TEXT,
                    "religion": _MAYBE_TEXT,
                    "occupation": _MAYBE_TEXT,
                    "education": _or_nothing(EDUCATIONS),
                    "qualification": _or_nothing(QUALIFICATIONS),
                    "segments": _list(_TEXT),
                }
            ),
            "steps": _list(
                _object(
                    {
                        "kind": {"enum": [kind.value for kind in StepKind]},
                        "taken_on": _DAY,
                        "document_no": _MAYBE_TEXT,
                        "details": {"type": "object"},
                    }
                )
            ),
        }
    ),
}
"""The routes that answer with JSON, and its shape."""


def described(route: Route, texts: Mapping[str, str], words: tuple[str, ...]) -> Schema:
    """Return the description of one route; `texts` stand where it names rows, `words` are asked."""
    operation: dict[str, Any] = {
        "parameters": [*_in_path(route, texts), *_in_query(route, texts, words)],
        "responses": _responses(route.endpoint),
    }
    if route.method != "GET":
        operation["requestBody"] = _body(route, texts)
    return {
        "openapi": "3.1.0",
        "info": {"title": route.endpoint, "version": "1"},
        "paths": {route.template: {route.method.lower(): operation}},
    }


def _in_path(route: Route, texts: Mapping[str, str]) -> list[Schema]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"enum": [texts.get(name, value)]},
        }
        for name, value in route.arguments.items()
    ]


def _in_query(route: Route, texts: Mapping[str, str], words: tuple[str, ...]) -> list[Schema]:
    asked = {name: texts.get(f"?{name}", value) for name, value in route.sample.query.items()}
    return [
        {"name": name, "in": "query", "schema": _typed(asked.get(name))}
        for name in sorted({*words, *asked})
    ]


def _body(route: Route, texts: Mapping[str, str]) -> Schema:
    fields: dict[str, Schema] = {}
    for name, value in route.sample.form.items():
        if isinstance(name, Id):
            fields[name.prefix + texts[name.prefix]] = _typed(str(value))
        elif isinstance(value, Upload):
            fields[name] = {"type": "string", "contentEncoding": "binary"}
        else:
            fields[name] = _typed(texts.get(name, value))
    is_sent_as_file = any(isinstance(value, Upload) for value in route.sample.form.values())
    return {
        "required": True,
        "content": {
            _FILES if is_sent_as_file else _FORM: {
                "schema": {"type": "object", "properties": fields, "required": sorted(fields)}
            }
        },
    }


def _typed(sample: object = None) -> Schema:
    """Describe what stands in a field: what the sample has there, or whatever else is typed."""
    typed: Schema = {"type": "string", "maxLength": LONGEST_TYPED}
    return {"anyOf": [{"enum": [sample]}, typed]} if isinstance(sample, str) else typed


def _responses(endpoint: str) -> Schema:
    refused = {status: {"description": "refused", "content": _PAGE} for status in REFUSALS}
    led_away = {"303": {"description": "elsewhere"}}
    if endpoint in MACHINES:
        return {"200": {"description": "said", "content": {"text/plain": {}}}}
    answer = {"description": "the answer", "content": {"*/*": {}}}
    if endpoint in JSON_ANSWERS:
        kinds = {"application/json": {"schema": JSON_ANSWERS[endpoint]}, "application/pdf": {}}
        answer["content"] = kinds
    return {"200": answer, **led_away, **refused}
