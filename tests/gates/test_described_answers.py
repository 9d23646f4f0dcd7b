"""schemathesis reads what the routes are described to answer, and looks for one that does not.

The suite tries what answers machines and with JSON; `make fuzz` tries that longer and, besides,
every other route: no fault of the program, and no answer but a described one.
"""

import ast
import inspect
import os
from collections import Counter
from pathlib import Path

import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.tenants.submissions import new_client_key
from tests.gates.described import JSON_ANSWERS, MACHINES, described
from tests.gates.samples import routes
from tests.gates.sweeping import OK, SEE_OTHER, Sweep
from tests.gates.test_hostile_values import QUESTIONS, reader_of

IS_WHOLE = os.environ.get("SWEEP") == "whole"
EXAMPLES = {True: 300 if IS_WHOLE else 20, False: 4}
"""How many cases of each mode: of what is described with its shape, and of every other route."""

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
ENDS_THE_SESSION = {
    "accounts.sign_out",
    "accounts.password",
    "accounts.end_device",
    "accounts.factor",
    "accounts.act_for",
    "accounts.visit",
    "accounts.leave_tenant",
}
"""Whoever tries the rest would not be who they were."""

APP = Path(__file__).parents[2] / "app"
NAMES_JSON = {"jsonify", "application/json"}
NO_ANSWER = {("compression.py", "<module>")}
"""Where JSON is named and nobody is answered with it."""


def test_whatever_answers_with_json_is_described(app):
    sources = {path: path.read_text(encoding="utf-8") for path in APP.rglob("*.py")}
    makers = {
        (path.name, place)
        for path, source in sources.items()
        if any(name in source for name in NAMES_JSON)
        for place in _naming_json(ast.parse(source))
    }
    views = {name: inspect.unwrap(app.view_functions[name]) for name in JSON_ANSWERS}

    assert makers - NO_ANSWER == {
        (Path(inspect.getfile(view)).name, view.__name__) for view in views.values()
    }


def test_answers_are_as_described(app, scenery, read_as, monkeypatch):
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    sweep, tried, unlike = Sweep(app, scenery), {}, []
    known = list(routes(app))
    # The file of a case that went away is there once it has gone.
    away = next(route for route in known if route.endpoint == "cases.hand_over")
    assert sweep.carry_out(reader_of(app, read_as, away), away) == SEE_OTHER
    for route in known:
        has_shape = route.endpoint in {*JSON_ANSWERS, *MACHINES}
        if has_shape or (IS_WHOLE and route.endpoint not in ENDS_THE_SESSION):
            reader = reader_of(app, read_as, route)
            try:
                tried[str(route)] = _try(sweep, reader, route, EXAMPLES[has_shape])
            except (FailureGroup, AssertionError) as failure:
                found = getattr(failure, "exceptions", (failure,))
                unlike.append(f"{route} as {reader}: {'; '.join(str(each) for each in found)}")

    sent = sum(answers.total() for answers in tried.values())
    print(f"\n{sent} answers to schemathesis of {len(tried)} routes, {len(unlike)} unlike")  # noqa: T201
    assert unlike == [], "\n\n".join(unlike)
    for route, answers in tried.items():
        if any(name in route for name in (*JSON_ANSWERS, *MACHINES)):
            assert answers[OK], route


def _naming_json(tree):
    """Yield the functions in which JSON is named as the kind of an answer."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    within = {id(node): function.name for function in functions for node in ast.walk(function)}
    for node in ast.walk(tree):
        named = getattr(node, "value", None) if isinstance(node, ast.Constant) else None
        if named in NAMES_JSON or getattr(node, "id", getattr(node, "attr", None)) in NAMES_JSON:
            yield within.get(id(node), "<module>")


def _try(sweep, reader, route, examples):
    """Send a route what schemathesis makes of its description, fitting and not; count answers."""
    words = QUESTIONS if route.method == "GET" else ()
    schema = schemathesis.openapi.from_dict(described(route, sweep.own_texts(reader, route), words))
    operation = schema[route.template][route.method]
    answers = Counter()
    # In process schemathesis reads no packed answers.
    headers = {"X-CSRFToken": reader.csrf_token, "Accept-Encoding": "identity"}

    def send(case):
        if isinstance(case.body, dict) and "client_key" in case.body:
            case.body["client_key"] = new_client_key()
        # What asks in process takes no question mark inside a path.
        assume("?" not in case.formatted_path)
        # The bare program: a fault is then an answer of 500, as whoever asks would see it.
        answer = case.call(app=sweep.app.wsgi_app, session=reader.browser, headers=headers)
        answers[answer.status_code] += 1
        case.validate_response(answer, checks=CHECKS)

    for mode in GenerationMode:
        # Made of the same seed each time, and not made smaller: a failure is told as it is.
        same = settings(
            max_examples=examples,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        try:
            same(given(case=operation.as_strategy(generation_mode=mode))(send))()
        except Unsatisfiable:
            # Where a route takes nothing, nothing can be unfit.
            assert mode is GenerationMode.NEGATIVE
    return answers
