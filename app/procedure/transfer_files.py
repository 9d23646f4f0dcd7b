"""The file that carries a case to another tenant: what it says, written and read. Pure.

The checksum tells a damaged file. It is no signature: who hands a file over is not proved by it.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from app.cases.rules import (
    EDUCATIONS,
    QUALIFICATIONS,
    SEXES,
    PersonDetails,
    StepKind,
    check_born_on,
    check_steps,
    cleaned_name,
    cleaned_number,
    cleaned_words,
)
from app.core.dates import parse_iso_date
from app.core.errors import Refused
from app.core.messages import message
from app.procedure.cases import TakenStep
from app.procedure.details import checked_details, from_json, to_json

FORMAT = "ket-nap-transfer-1"
LARGEST_FILE = 200_000

_MAY_BE_UNKNOWN = ("ethnicity", "religion", "education", "qualification", "occupation")


@dataclass(frozen=True)
class Said:
    """What a transfer file says: from whom to whom, on which day, who it is, the steps so far.

    Segments are named by their codes, since their slots are the sender's own.
    """

    number: str
    sent_from: str
    sent_to: str
    sent_on: date
    person: PersonDetails
    segment_codes: tuple[str, ...]
    steps: Mapping[StepKind, TakenStep]


def write_file(said: Said) -> bytes:
    """Write a case as the receiver reads it."""
    person = said.person
    body = {
        "format": FORMAT,
        "number": said.number,
        "from": said.sent_from,
        "to": said.sent_to,
        "sent_on": said.sent_on.isoformat(),
        "person": {
            "full_name": person.full_name,
            "date_of_birth": person.date_of_birth.isoformat(),
            "sex": person.sex,
            **{name: getattr(person, name) for name in _MAY_BE_UNKNOWN},
            "segments": sorted(said.segment_codes),
        },
        "steps": [
            {
                "kind": kind.value,
                "taken_on": step.taken_on.isoformat(),
                "document_no": step.document_no,
                "details": to_json(step.details),
            }
            for kind, step in said.steps.items()
        ],
    }
    return _written({**body, "checksum": _checksum(body)})


def read_file(content: bytes, today: date) -> Said:
    """Read a transfer file and check all that the receiving tenant need not be asked for.

    Refused when it is damaged, is no transfer, or says what cannot be.
    """
    if len(content) > LARGEST_FILE:
        raise Refused(message("Tệp quá lớn, không phải tệp chuyển hồ sơ."))
    try:
        body = json.loads(content)
        checksum = body.pop("checksum")
        is_whole = body.get("format") == FORMAT and _checksum(body) == checksum
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise Refused(message("Đây không phải tệp chuyển hồ sơ.")) from error
    if not is_whole:
        raise Refused(message("Tệp chuyển hồ sơ bị hỏng hoặc đã bị sửa; hãy xin lại tệp."))
    try:
        said = _said(body, today)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refused(message("Đây không phải tệp chuyển hồ sơ.")) from error
    _check(said, today)
    return said


def _check(said: Said, today: date) -> None:
    if said.sent_on > today:
        raise Refused(message("Ngày chuyển %(day)s là ngày chưa tới.", day=said.sent_on))
    check_born_on(said.person.date_of_birth, today)
    dates = {kind: step.taken_on for kind, step in said.steps.items()}
    check_steps(dates, born_on=said.person.date_of_birth, today=today)


def _said(body: Mapping[str, Any], today: date) -> Said:
    person = body["person"]
    return Said(
        number=_required(cleaned_number(body["number"])),
        sent_from=_required(cleaned_words(body["from"])),
        sent_to=_required(cleaned_words(body["to"])),
        sent_on=parse_iso_date(body["sent_on"]),
        person=PersonDetails(
            full_name=cleaned_name(person["full_name"]),
            date_of_birth=parse_iso_date(person["date_of_birth"]),
            sex=_one_of(SEXES, person["sex"]),
            ethnicity=_if_said(cleaned_words, person["ethnicity"]),
            religion=_if_said(cleaned_words, person["religion"]),
            occupation=_if_said(cleaned_words, person["occupation"]),
            education=_if_said(partial(_one_of, EDUCATIONS), person["education"]),
            qualification=_if_said(partial(_one_of, QUALIFICATIONS), person["qualification"]),
        ),
        segment_codes=tuple(_required(cleaned_words(code)) for code in person["segments"]),
        steps=_steps(body["steps"], today),
    )


def _steps(said: Any, today: date) -> dict[StepKind, TakenStep]:  # noqa: ANN401 as JSON has it
    steps = dict(_step(step, today) for step in said)
    if len(steps) < len(said):
        raise ValueError("a step is there twice")
    return steps


def _step(said: Mapping[str, Any], today: date) -> tuple[StepKind, TakenStep]:
    kind = StepKind(said["kind"])
    return kind, TakenStep(
        taken_on=parse_iso_date(said["taken_on"]),
        document_no=_if_said(cleaned_number, said["document_no"]),
        details=checked_details(kind, from_json(kind, said["details"]), today),
        is_carried=True,
    )


def _required(text: str | None) -> str:
    if text is None:
        raise ValueError("a text is empty")
    return text


def _one_of(codes: tuple[str, ...], code: str) -> str:
    if code not in codes:
        raise ValueError(f"{code!r} is no code")
    return code


def _if_said(cleaned: Callable[[str], str | None], text: str | None) -> str | None:
    return None if text is None else cleaned(text)


def _written(body: Mapping[str, object]) -> bytes:
    return json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True).encode()


def _checksum(body: Mapping[str, object]) -> str:
    return hashlib.sha256(_written(body)).hexdigest()
