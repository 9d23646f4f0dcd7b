"""What machines read – health, figures, a person's data – answers as declared whatever is sent.

schemathesis tries what they are described to answer, in `tests/gates/test_described_answers.py`;
every other route is tried in `tests/gates/test_hostile_values.py`.
"""

import json
from collections import Counter
from functools import partial

from flask import g, url_for
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.database import db
from app.privacy.rules import LONGEST_REASON
from app.privacy.subject_paper import SECTIONS
from tests.factories.cases import make_person

FIXED = {"/healthz": {200}, "/readyz": {200}, "/metrics": {200, 404}}
REFUSED = {400, 405, 413, 415}
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE")
WORDS = st.text(st.characters(codec="latin-1", categories=["L", "N", "P", "S"]), max_size=40)
HEADERS = st.dictionaries(
    st.sampled_from(
        ["Accept", "Authorization", "Content-Type", "Forwarded", "If-Match", "Range", "X-Real-Ip"]
    ),
    WORDS | st.sampled_from(["application/json", "Bearer ", "bytes=0-0,5-", "*/*;q=x"]),
)
EXAMPLES = partial(
    settings, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@EXAMPLES()
@given(
    path=st.sampled_from(sorted(FIXED)),
    method=st.sampled_from(METHODS),
    query=st.dictionaries(st.text(max_size=10), st.text(max_size=20), max_size=3),
    headers=HEADERS,
    body=st.binary(max_size=60),
)
def test_health_and_figures_answer_one_thing_alone(client, *, path, method, query, headers, body):
    answer = client.open(path, method=method, query_string=query, headers=headers, data=body)

    expected = FIXED[path] if method in {"GET", "HEAD"} else {200, *REFUSED}
    assert answer.status_code in expected
    assert "Traceback" not in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_persons_data_are_json_of_one_shape_or_a_refusal(app, client, sign_in, province):
    number = make_person(province.context, province.cell, "Nguyễn Văn Dữ Liệu")
    db.session.commit()
    sign_in(client, "xa")
    with app.test_request_context():
        g.tenant_id = province.context.tenant_id
        address = url_for("privacy.export", person_id=number)

    answers = Counter()

    @EXAMPLES()
    @given(
        reason=st.text(max_size=LONGEST_REASON + 20),
        more=st.dictionaries(st.sampled_from(["form", "person_id", "x"]), st.text(max_size=9)),
        query=st.dictionaries(st.text(max_size=10), st.text(max_size=20), max_size=3),
    )
    def ask(reason, more, query):
        answer = client.submit(address, {"reason": reason, **more}, query_string=query)

        answers[answer.status_code] += 1
        if answer.status_code == 422:
            assert answer.mimetype == "text/html"
            return
        assert (answer.status_code, answer.mimetype) == (200, "application/json")
        said = json.loads(answer.data)
        assert {*SECTIONS, "exported_at", "exported_by"} == set(said)
        assert said["person"][0]["full_name"] == "Nguyễn Văn Dữ Liệu"

    ask()
    assert set(answers) == {200, 422}
