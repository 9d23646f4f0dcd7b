"""For every route a request that the program carries out, and where in it rows are named.

Routes are read from the URL map. A route that only reads needs nothing here unless its query
names rows; one that writes needs a form, and a gate fails by its name until it has one.
"""

import io
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar

from flask import Flask
from pyotp import TOTP
from werkzeug.routing import Rule

from app.accounts.rules import Role
from app.core import clock
from app.core.sealing import field_keys
from app.tenants.submissions import new_client_key
from app.web.guards import guard_of
from app.web.opaque import OpaqueConverter
from tests.factories.accounts import PASSWORD
from tests.factories.cases import transfer_file
from tests.gates.scenery import BROTHER, OWN, SPARE, Place, login_name

OPERATOR = ("", "operator")
"""Where and what somebody is who runs the service."""

PLAIN_ARGUMENTS = {
    "kind": "listed",
    "rule": "education",
    "number": "1",
    "ending": "csv",
    "operation": "merge",
    "row": "2",
    "replay": "2025-01-01",
}
"""Arguments that name nothing by themselves: a kind of step, the number of a version, a file."""

SECOND_ARGUMENTS = {
    "child_id": "child",
    "applied_id": "applied_reorganisation",
    "draft_id": "draft",
}
"""Arguments that name another row of a kind than the address begins with, by its key."""

NEW_PASSWORD = "một mật khẩu khác hẳn"
_ARGUMENT = re.compile(r"<(?:[^<>]*:)?(\w+)>")
_FRESH_KEY = "a new client key"


class UnknownArgumentError(Exception):
    """A route takes something that no sample fills; tell `samples` what it names."""


@dataclass(frozen=True)
class Id:
    """The number of a row, sealed unless said otherwise; `key` is its name in `Place.numbers`."""

    kind: str
    key: str = ""
    prefix: str = ""
    is_sealed: bool = True

    def number(self, place: Place) -> int:
        """Return the number of the row at a place."""
        return place.numbers[self.key or self.kind]


@dataclass(frozen=True)
class Words:
    """The code of a unit as somebody types it; it is in the names of all that is there."""


class Made:
    """What a request carries that is made when it is sent; no other tenant's row is named by it."""

    def text(self, place: Place) -> str:
        """Return it for a request about a place."""
        raise NotImplementedError


@dataclass(frozen=True)
class Seen(Made):
    """What an editor of the board has seen."""

    def text(self, place: Place) -> str:
        """Return it as the form carries it."""
        return place.seen


@dataclass(frozen=True)
class Looked(Made):
    """What becomes of next year's boards below a unit, as somebody has looked at it."""

    def text(self, place: Place) -> str:
        """Return it as the form carries it."""
        return place.below


@dataclass(frozen=True)
class Secret(Made):
    """A new secret of the second factor, sealed for the one who reads as a reader at a place."""

    value: ClassVar[str] = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

    def text(self, place: Place) -> str:
        """Return it as the page of enrolling carries it."""
        row = f"user:{place.numbers['reader']}:second factor"
        return urlsafe_b64encode(field_keys().seal(self.value.encode(), row)).decode()


@dataclass(frozen=True)
class FirstCode(Made):
    """The code that an app shows of that secret."""

    def text(self, place: Place) -> str:  # noqa: ARG002 the same everywhere
        """Return it."""
        return str(TOTP(Secret.value).at(clock.now()))


@dataclass(frozen=True)
class LinkCode(Made):
    """The code of the one-time link of the user whom a place names."""

    def text(self, place: Place) -> str:
        """Return it as it is handed over."""
        return place.link_code


@dataclass(frozen=True)
class Upload:
    """A file that is sent; no other tenant's row is named by it."""

    name: str
    content: bytes


Value = str | Id | Words | Made | Upload


@dataclass(frozen=True)
class Sample:
    """Who sends what. In a form the name of a field may name a row, too."""

    place: str = ""
    role: str = ""
    query: Mapping[str, Value] = field(default_factory=dict)
    form: Mapping[str | Id, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    """A request ready to be sent."""

    method: str
    path: str
    query: dict[str, str]
    form: dict[str, str | Upload]

    def send(self, browser: Any, csrf_token: str) -> Any:
        """Send it; the form carries the token that the page before it would have held."""
        filled_in = {
            name: (io.BytesIO(value.content), value.name) if isinstance(value, Upload) else value
            for name, value in self.form.items()
        }
        data = None if self.method == "GET" else {"csrf_token": csrf_token, **filled_in}
        return browser.open(self.path, method=self.method, query_string=self.query, data=data)


@dataclass(frozen=True)
class Route:
    """One method of one rule with a sample of what is sent to it."""

    endpoint: str
    method: str
    pattern: str
    arguments: Mapping[str, Value]
    sample: Sample

    def __str__(self) -> str:
        return f"{self.method} {self.endpoint} ({', '.join(self.sites) or 'without ids'})"

    @property
    def sites(self) -> dict[str, Id | Words]:
        """Where a request names rows."""
        named: dict[str, Value] = dict(self.arguments)
        named |= {f"?{name}": value for name, value in self.sample.query.items()}
        for name, value in self.sample.form.items():
            site = name.prefix if isinstance(name, Id) else name
            named[site] = name if isinstance(name, Id) else value
        return {site: value for site, value in named.items() if isinstance(value, Id | Words)}

    @property
    def template(self) -> str:
        """Return the path as OpenAPI writes it."""
        return _ARGUMENT.sub(r"{\1}", self.pattern)

    def request(self, place: Place, texts: Mapping[str, str]) -> Request:
        """Return the request of somebody at a place, with a text at each of its sites."""

        def text(site: str, value: Value) -> str:
            if value == _FRESH_KEY:
                return new_client_key()
            if isinstance(value, Made):
                return value.text(place)
            return value if isinstance(value, str) else texts[site]

        form: dict[str, str | Upload] = {}
        for name, value in self.sample.form.items():
            if isinstance(name, Id):
                form[name.prefix + texts[name.prefix]] = str(value)
            elif isinstance(value, Upload):
                form[name] = value
            else:
                form[name] = text(name, value)
        return Request(
            method=self.method,
            path=_ARGUMENT.sub(
                lambda found: text(found[1], self.arguments[found[1]]), self.pattern
            ),
            query={name: text(f"?{name}", value) for name, value in self.sample.query.items()},
            form=form,
        )


def routes(app: Flask) -> Iterator[Route]:
    """Return every method of every route of the program, static files apart."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        arguments = _arguments(rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            for sample in samples_of(rule.endpoint, method):
                yield Route(rule.endpoint, method, rule.rule, arguments, sample)


def samples_of(endpoint: str, method: str) -> tuple[Sample, ...]:
    """Return the samples of a method of an endpoint."""
    if method == "GET":
        return READING.get(endpoint, (Sample(),))
    if endpoint in WRITING:
        return (WRITING[endpoint],)
    if endpoint in REFUSED_TO_ALL or endpoint in WITHOUT_OCCASION:
        return (Sample(),)
    raise UnknownArgumentError(f"{method} {endpoint} has no sample in WRITING")


def is_public(app: Flask, route: Route) -> bool:
    """Tell whether a route asks for nobody."""
    guard = guard_of(app, route.endpoint)
    assert guard is not None
    return guard.is_public


def _arguments(rule: Rule) -> dict[str, Value]:
    return {name: _argument(rule, name) for name in rule.arguments}


def _argument(rule: Rule, name: str) -> Value:
    converter = rule._converters[name]
    if isinstance(converter, OpaqueConverter):
        return Id(converter.kind, SECOND_ARGUMENTS.get(name, ""))
    if name in PLAIN_ARGUMENTS:
        return PLAIN_ARGUMENTS[name]
    raise UnknownArgumentError(f"{rule.endpoint} takes {name!r}, which no gate knows to fill")


_OF_A_FIGURE = Sample(
    query={"step": "decision", "counted": "then", "under": Id("unit"), "of": Id("unit", "cell")}
)
"""The people of a figure, credited to a unit when it stood under another one."""

READING: Mapping[str, tuple[Sample, ...]] = MappingProxyType(
    {
        "admin_accounts.index": (Sample(query={"q": Words()}),),
        "cases.people": (
            Sample(),
            Sample(query={"cell": Id("unit", "cell")}),
            Sample(query={"q": Words()}),
            _OF_A_FIGURE,
        ),
        "exports.people": (Sample(), Sample(query={"cell": Id("unit", "cell")}), _OF_A_FIGURE),
        "cases.together": (Sample(query={"kind": "ceremony"}), Sample(query={"q": Words()})),
        "cases.record_admission": (
            Sample(query={"person": Id("person")}),
            Sample(query={"q": Words()}),
        ),
        "units.search": (Sample(query={"q": Words()}),),
    }
)
"""The queries that name rows."""

REFUSED_TO_ALL: Mapping[str, str] = MappingProxyType(
    {
        "admin_measures.delete": "files know the measures by their codes",
        "admin_measures.new": "files know the measures by their codes",
        "admin_segments.delete": "figures were reported with it",
        "admin_tenants.delete": "a tenant holds the history of a province",
        "replays.index": "only a demonstration has it",
    }
)
"""Routes that come with every page of the configuration and do nothing on some."""

WITHOUT_OCCASION: Mapping[str, str] = MappingProxyType(
    {
        "admin_accounts.appoint": "the user who may be changed holds no role to stand in for",
        "admin_accounts.end_absence": "as above",
        "cases.save_move": "the commune of the scenery has one cell, where the person is",
        "cases.save_new_case": "the cases of the scenery are open",
        "reorganisations.route": "the unit that is split in the scenery has nothing below it",
        "replays.move_clock": "only a demonstration has a clock",
        "replays.prepare": "only a demonstration has a clock",
    }
)
"""Routes that write, for which the scenery has no occasion; the tests of the pages have one."""

_ADMINISTRATOR = ("P0", Role.TENANT_ADMINISTRATOR)
_DECISION = {"decision_no": "152-QĐ/TU", "decided_on": "20/10/2022"}

WRITING: Mapping[str, Sample] = MappingProxyType(
    {
        # First: what the others record contradicts it.
        "todo.save_nothing_new": Sample("C1", Role.CELL_SECRETARY, form={"client_key": _FRESH_KEY}),
        # Before the boards are written anew: they are kept as they were seen.
        "scenarios.keep": Sample(
            "H1",
            Role.COMMITTEE,
            form={"seen": Seen(), "name": "Phương án khác", "client_key": _FRESH_KEY},
        ),
        "scenarios.renew": Sample("H1", Role.COMMITTEE, form={"seen": Seen()}),
        "scenarios.take": Sample("X1", Role.COMMITTEE, form={"seen": Seen(), "drops_draft": "1"}),
        "scenarios.drop": Sample("P0", Role.COMMITTEE),
        "quotas.save": Sample(
            "H1", Role.COMMITTEE, form={"seen": Seen(), Id("unit", "child", "box-"): "16"}
        ),
        "allocation.preview": Sample(
            "H1",
            Role.COMMITTEE,
            form={
                "way": "equally",
                "column": "",
                "total": "30",
                Id("unit", "child", "floor-"): "3",
            },
        ),
        "below.preview": Sample("H1", Role.COMMITTEE, form={"way": "equally", "total": "30"}),
        "below.draft": Sample(
            "X1",
            Role.COMMITTEE,
            query={"period": "2023"},
            form={"way": "equally", "total": "12", "seen": Looked(), "client_key": _FRESH_KEY},
        ),
        "quotas.publish": Sample(
            "P0",
            Role.COMMITTEE,
            form={
                **_DECISION,
                "seen": Seen(),
                "reason": "để bổ sung",
                "cause": "có thêm nguồn",
                "client_key": _FRESH_KEY,
            },
        ),
        "quotas.set_own": Sample(
            "X1",
            Role.COMMITTEE,
            form={
                **_DECISION,
                "seen": "1.0",
                "kind": "count",
                "quota": "30",
                "client_key": _FRESH_KEY,
            },
        ),
        "rounds.open_one": Sample(
            "P0",
            Role.COMMITTEE,
            form={
                "survey_due_on": "11/11/2022",
                "registration_due_on": "21/11/2022",
                "commitment_due_on": "21/12/2022",
                "note": "Ưu tiên khu dân cư",
                "client_key": _FRESH_KEY,
            },
        ),
        "rounds.remind_silent": Sample("H1", Role.COMMITTEE),
        "rounds.save_answer": Sample(
            "X1",
            Role.COMMITTEE,
            form={
                "seen": "0.0",
                "sources": "40",
                "quota": "22",
                "cause": "nguồn mới",
                "client_key": _FRESH_KEY,
            },
        ),
        "rounds.sign": Sample(
            "X1",
            Role.COMMITTEE,
            form={
                "version": "1",
                "signatory": "Trần Văn Ba",
                "signatory_title": "Bí thư Đảng ủy",
                "signed_on": "20/10/2022",
                "client_key": _FRESH_KEY,
            },
        ),
        "rounds.propose": Sample(
            "H1",
            Role.COMMITTEE,
            form={
                "other": f"{OWN}-{BROTHER}",
                "count": "1",
                "document_no": "2-BB/HU",
                "reason": "thiếu nguồn",
                "direction": "give",
                "client_key": _FRESH_KEY,
            },
        ),
        "rounds.agree": Sample("H1", Role.COMMITTEE, form={"client_key": _FRESH_KEY}),
        "rounds.decline": Sample(
            "P0", Role.COMMITTEE, form={"because": "giữ như cũ", "client_key": _FRESH_KEY}
        ),
        "rounds.take": Sample(
            "H1",
            Role.COMMITTEE,
            form={
                **_DECISION,
                "share-2022": "30",
                "seen-2022": "0.0",
                "cause": "chờ đại hội",
                "client_key": _FRESH_KEY,
            },
        ),
        "reminders.remind": Sample(
            "H1",
            Role.COMMITTEE,
            form={
                "unit": Id("unit", "child"),
                "body": "Đề nghị khẩn trương",
                "client_key": _FRESH_KEY,
            },
        ),
        "reminders.commend": Sample(
            "H1",
            Role.COMMITTEE,
            form={"only": Id("unit", "child"), "body": "Biểu dương", "client_key": _FRESH_KEY},
        ),
        "reminders.read": Sample("X1", Role.READER, form={"letter": Id("reminder")}),
        "exports.order": Sample(
            "X1", Role.CLERK, query={"table": "people"}, form={"client_key": _FRESH_KEY}
        ),
        "reorganisations.begin": Sample(
            "P0",
            Role.COMMITTEE,
            form={
                "decision_no": "9-QĐ/TU",
                "effective_on": "20/10/2022",
                "share_by": "cells",
                "client_key": _FRESH_KEY,
            },
        ),
        "reorganisations.change_details": Sample(
            "P0",
            Role.COMMITTEE,
            form={
                "decision_no": "10-QĐ/TU",
                "effective_on": "20/10/2022",
                "share_by": "people",
            },
        ),
        "reorganisations.add_operation": Sample(
            "P0",
            Role.COMMITTEE,
            form={
                "old_codes": f"{OWN}-X1",
                "new_code": f"{OWN}-X2",
                "new_parent_code": f"{OWN}-H2",
            },
        ),
        # The row that the one before has added.
        "reorganisations.remove": Sample("P0", Role.COMMITTEE, form={"row": "4"}),
        "reorganisations.preview": Sample("P0", Role.COMMITTEE),
        "reorganisations.apply": Sample("P0", Role.COMMITTEE),
        "reorganisations.undo": Sample("P0", Role.COMMITTEE),
        "reorganisations.discard": Sample("P0", Role.COMMITTEE),
        "units.create_unit": Sample(
            "X1",
            Role.COMMITTEE,
            form={
                "name": "Chi bộ mới",
                "code": f"{OWN}-C9",
                "level": "cell",
                "kind": "cell",
                "client_key": _FRESH_KEY,
            },
        ),
        "units.rename": Sample(
            "X1",
            Role.COMMITTEE,
            form={"name": "Đảng bộ tên mới", "reason": "renamed", "effective": "1/10/2022"},
        ),
        "units.count_members": Sample(
            "X1", Role.COMMITTEE, form={"members": "77", "counted_on": "1/10/2022"}
        ),
        "cases.save_new_person": Sample(
            "X1",
            Role.CLERK,
            form={
                "cell": Id("unit", "cell"),
                "full_name": "Nguyễn Thị Mới",
                "date_of_birth": "3/11/1999",
                "sex": "female",
                "listed": "1/9/2022",
                "education": "",
                "qualification": "",
                "client_key": _FRESH_KEY,
            },
        ),
        "cases.save_admission": Sample(
            "X1",
            Role.CLERK,
            query={"person": Id("person")},
            form={
                "decision_no": "9-QĐ/HU",
                "decision": "20/10/2022",
                "ceremony": "",
                "client_key": _FRESH_KEY,
            },
        ),
        "intake.send": Sample(
            "X1",
            Role.CLERK,
            form={
                "spreadsheet": Upload("danh-sach.csv", b"cell_code,full_name,date_of_birth,sex\n"),
                "client_key": _FRESH_KEY,
            },
        ),
        "intake.rejects": Sample("X1", Role.CLERK),
        "intake.accept": Sample("X1", Role.CLERK),
        "intake.withdraw": Sample("H1", Role.CLERK),
        "intake.drop": Sample("C1", Role.CELL_SECRETARY),
        "cases.save_step": Sample(
            "X1",
            Role.CLERK,
            form={"taken_on": "2/3/2021", "reason": "gõ nhầm", "client_key": _FRESH_KEY},
        ),
        "cases.withdraw": Sample("X1", Role.CLERK, form={"why": "ghi nhầm người"}),
        "cases.undo_recording": Sample("X1", Role.CLERK),
        "cases.preview_arrival": Sample(
            "X1", Role.CLERK, form={"handover": Upload("chuyen.json", transfer_file())}
        ),
        "cases.accept_arrival": Sample(
            "X1",
            Role.CLERK,
            form={
                "content": b64encode(transfer_file()).decode(),
                "cell": Id("unit", "cell"),
            },
        ),
        "cases.save_together": Sample(
            "X1",
            Role.CLERK,
            query={"kind": "certificate"},
            form={
                "taken_on": "20/10/2022",
                "person": Id("person"),
                "client_key": _FRESH_KEY,
            },
        ),
        "cases.correct": Sample(
            "X1",
            Role.CLERK,
            form={
                "full_name": "Nguyễn Thị Sửa",
                "date_of_birth": "3/11/1990",
                "sex": "female",
                "education": "",
                "qualification": "",
                "reason": "theo giấy khai sinh",
                "client_key": _FRESH_KEY,
            },
        ),
        "cases.change_mentor": Sample(
            "X1",
            Role.CLERK,
            form={"mentor": "Lê Văn Bốn", "since": "20/10/2022", "client_key": _FRESH_KEY},
        ),
        "cases.add_remark": Sample(
            "X1",
            Role.CLERK,
            form={"made_on": "20/10/2022", "rating": "good", "client_key": _FRESH_KEY},
        ),
        "cases.approval": Sample(
            "X1",
            Role.CLERK,
            form={
                "approved_by": "Ban Thường vụ",
                "approved_on": "20/10/2022",
                "client_key": _FRESH_KEY,
            },
        ),
        "countersigning.approve_act": Sample("X1", Role.COMMITTEE),
        "countersigning.refuse_act": Sample(
            "H1", Role.COMMITTEE, form={"because": "không rõ để làm gì"}
        ),
        "countersigning.withdraw_act": Sample("C1", Role.CLERK),
        "countersigning.merging": Sample(
            *_ADMINISTRATOR,
            form={
                "into": "PHUTHO",
                "decision_no": "9-QĐ/TW",
                "effective_on": "1/7/2025",
                "reason": "theo nghị quyết",
            },
        ),
        "privacy.show": Sample("X1", Role.CLERK, form={"reason": "đối chiếu hồ sơ"}),
        "privacy.keep": Sample(
            "X1",
            Role.CLERK,
            form={"identity": "001099000123", "legal_basis": "consent", "basis_document": ""},
        ),
        "privacy.export": Sample("X1", Role.CLERK, form={"reason": "người đó yêu cầu"}),
        "cases.hand_over": Sample(
            "X1",
            Role.CLERK,
            form={
                "destination": "Đảng bộ tỉnh Sơn La",
                "sent_on": "30/10/2022",
                "client_key": _FRESH_KEY,
            },
        ),
        "privacy.erase": Sample("X1", Role.CLERK, form={"reason": "người đó yêu cầu"}),
        "admin_accounts.new": Sample(
            *_ADMINISTRATOR,
            form={
                "login_name": "nguoi.moi",
                "full_name": "Người mới",
                "unit": Words(),
                "role": Role.READER,
                "client_key": _FRESH_KEY,
            },
        ),
        "admin_accounts.edit": Sample(
            *_ADMINISTRATOR, form={"full_name": "Tên sửa lại", "unit": Words()}
        ),
        "admin_accounts.grant": Sample(
            *_ADMINISTRATOR, form={"grant-role": Role.MONITOR, "grant-unit": Words()}
        ),
        "admin_accounts.end_role": Sample(*_ADMINISTRATOR, form={"role": Id("role")}),
        "admin_accounts.slip": Sample(*_ADMINISTRATOR, form={"code": LinkCode()}),
        "accounts.join": Sample(
            form={
                "login_name": login_name(OWN, "P0", SPARE),
                "code": LinkCode(),
                "new_password": NEW_PASSWORD,
                "repeated": NEW_PASSWORD,
            }
        ),
        "accounts.forgotten": Sample(form={"login_name": login_name(OWN, "C1", SPARE)}),
        "admin_accounts.dismiss": Sample("P0", Role.COMMITTEE),
        "admin_accounts.reset_password": Sample(*_ADMINISTRATOR),
        "admin_accounts.invite_again": Sample(*_ADMINISTRATOR),
        "admin_accounts.reset_second_factor": Sample(*_ADMINISTRATOR),
        "admin_accounts.disable": Sample(*_ADMINISTRATOR),
        "admin_accounts.enable": Sample(*_ADMINISTRATOR),
        "admin_operator-access.index": Sample(
            *_ADMINISTRATOR,
            form={"login_name": "vanhanh", "reason": "tìm lỗi in báo cáo", "hours": "2"},
        ),
        "admin_operator-access.end": Sample(
            *_ADMINISTRATOR, form={"access": Id("operator_access")}
        ),
        "admin_levels.new": Sample(
            *_ADMINISTRATOR,
            form={"code": "ward", "name_vi": "Phường", "rank": "7", "client_key": _FRESH_KEY},
        ),
        "admin_levels.edit": Sample(*_ADMINISTRATOR, form={"name_vi": "Cấp khác", "rank": "8"}),
        "admin_levels.delete": Sample(*_ADMINISTRATOR),
        "admin_kinds.new": Sample(
            *_ADMINISTRATOR,
            form={
                "code": "ward_committee",
                "name_vi": "Đảng ủy phường",
                "rank": "7",
                "default_for_level_id": Id("level", "another_level", is_sealed=False),
                "client_key": _FRESH_KEY,
            },
        ),
        "admin_kinds.edit": Sample(*_ADMINISTRATOR, form={"name_vi": "Loại khác", "rank": "8"}),
        "admin_kinds.delete": Sample(*_ADMINISTRATOR),
        "admin_papers.new": Sample(
            *_ADMINISTRATOR,
            form={"unit": Words(), "place_name": "Hà Nội", "client_key": _FRESH_KEY},
        ),
        "admin_papers.edit": Sample(*_ADMINISTRATOR, form={"place_name": "Huế"}),
        "admin_papers.delete": Sample(*_ADMINISTRATOR),
        "admin_reminders.index": Sample(*_ADMINISTRATOR, form={"silent_days": "45"}),
        "admin_mailboxes.new": Sample(
            *_ADMINISTRATOR,
            form={"unit": Words(), "address": "vp@example.org", "client_key": _FRESH_KEY},
        ),
        "admin_mailboxes.edit": Sample(*_ADMINISTRATOR, form={"address": "vp2@example.org"}),
        "admin_mailboxes.delete": Sample(*_ADMINISTRATOR),
        "admin_tenant-jobs.retry": Sample(*_ADMINISTRATOR),
        "admin_jobs.run": Sample(*OPERATOR, form={"job": "forget_submissions"}),
        "admin_jobs.retry": Sample(*OPERATOR, form={"job": "no-such-job"}),
        "admin_measures.edit": Sample(*_ADMINISTRATOR, form={"name_vi": "Kết nạp mới"}),
        "admin_segments.new": Sample(
            *_ADMINISTRATOR,
            form={
                "code": "veteran",
                "name_vi": "Cựu chiến binh",
                "origin": "stated",
                "client_key": _FRESH_KEY,
            },
        ),
        "admin_segments.edit": Sample(*_ADMINISTRATOR, form={"name_vi": "Nhóm khác"}),
        "admin_rule-sets.new": Sample(
            *_ADMINISTRATOR,
            form={
                "effective_on": "1/1/2022",
                "regulation": "Quy định mới",
                "vote_numerator": "2",
                "vote_denominator": "3",
                "client_key": _FRESH_KEY,
            },
        ),
        "admin_rule-sets.edit": Sample(
            *_ADMINISTRATOR,
            form={"regulation": "Quy định khác", "vote_numerator": "2", "vote_denominator": "3"},
        ),
        "admin_rule-sets.delete": Sample(*_ADMINISTRATOR),
        "admin_days.new": Sample(
            *_ADMINISTRATOR,
            form={"day": "3/9/2022", "is_working_day": "", "client_key": _FRESH_KEY},
        ),
        "admin_days.edit": Sample(*_ADMINISTRATOR, form={"is_working_day": "1"}),
        "admin_days.delete": Sample(*_ADMINISTRATOR),
        "admin_settings.index": Sample(
            *_ADMINISTRATOR,
            form={
                "rating_source": "own",
                "counted_step": "ceremony",
                "usual_basis": "consent",
                "retention_months": "60",
            },
        ),
        "admin_processing.index": Sample(*_ADMINISTRATOR, form={"purposes": "Kết nạp"}),
        "admin_two-people.index": Sample(
            *_ADMINISTRATOR, form={"erasure": "1", "export_rows": "500"}
        ),
        "admin_tenants.new": Sample(*OPERATOR, form={"code": "SONLA", "name": "Sơn La"}),
        "admin_tenants.edit": Sample(*OPERATOR, form={"name": "Tên khác"}),
        "language.choose": Sample("C1", Role.CLERK, form={"language": "en", "next": "/account"}),
        "accounts.act_for": Sample("H1", Role.COMMITTEE, form={"unit": Id("unit")}),
        "accounts.sign_in": Sample(
            form={
                "login_name": login_name(OWN, "C1", SPARE),
                "password": PASSWORD,
                "next": "/account",
            }
        ),
        "accounts.visit": Sample(*OPERATOR, form={"tenant": Id("tenant")}),
        "accounts.leave_tenant": Sample(*OPERATOR),
        "accounts.absence": Sample(
            "X1",
            Role.COMMITTEE,
            form={
                "role": Id("role", "held_role"),
                "login_name": login_name(OWN, "X1", Role.MONITOR),
                "first_day": "31/10/2022",
                "last_day": "4/11/2022",
            },
        ),
        "accounts.end_absence": Sample("X1", Role.COMMITTEE, form={"role": Id("role", "stand_in")}),
        "accounts.confirm": Sample("C1", Role.READER, form={"password": PASSWORD}),
        "accounts.end_device": Sample("C1", Role.READER, form={"session": Id("session")}),
        "accounts.end_other_devices": Sample("C1", Role.READER),
        "accounts.factor": Sample(
            "C1", Role.READER, form={"sealed": Secret(), "code": FirstCode()}
        ),
        "accounts.code": Sample("C1", Role.READER, form={"code": "000000"}),
        "accounts.renew_recovery_codes": Sample("C1", Role.READER),
        "accounts.password": Sample(
            "C1",
            Role.READER,
            form={"password": PASSWORD, "new_password": NEW_PASSWORD, "repeated": NEW_PASSWORD},
        ),
        "accounts.sign_out": Sample("C1", Role.MONITOR),
    }
)
"""A form for every route that writes. They may be sent one after the other, in this order."""
