"""Two tenants of one shape, with something in every table, for gates that look for what leaks.

Whatever belongs to a unit has the unit's code in its name, in small letters in login names: so a
page shows by a search for codes whose rows are on it. The trees are alike:

    P0 ── H1 ── X1 ── C1        P0 ── H2 ── X2 ── C2
"""

from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta

from sqlalchemy import insert, select

from app.accounts.links import Purpose, issue_link
from app.accounts.models import UserSession
from app.accounts.operator_access import give_access
from app.accounts.queries import user_in_scope
from app.accounts.reset_requests import ask_for_reset
from app.accounts.rules import Role
from app.accounts.sessions import begin_user_session
from app.accounts.standing_in import Appointment, appoint
from app.audit.chain import link_entries
from app.cases.rules import PersonDetails, StepDraft, StepKind
from app.core.database import db
from app.core.periods import parse_period
from app.countersigning.commands import Wanted, ask
from app.countersigning.rules import Kind as ActKind
from app.demo.models import DemonstrationMove
from app.exports.commands import Order, keep_drawn
from app.exports.models import ExportFile
from app.intake.commands import accept_file, send_file
from app.intake.working import next_batch
from app.measures.commands import add_segment
from app.measures.queries import measure_by_code
from app.measures.rules import Origin as SegmentOrigin
from app.measures.rules import SegmentDraft
from app.monitoring.queries import Question
from app.privacy.commands import choose_privacy_rule, keep_private
from app.privacy.rules import LegalBasis
from app.procedure.cases import Taking
from app.procedure.commands import approve
from app.procedure.configuration import add_rule_set, record_day
from app.procedure.details import Mentor, MentorDetails
from app.procedure.findings import Rule
from app.procedure.law import RuleSet
from app.procedure.models import CarriedStep, PersonMove, Transfer
from app.procedure.nil_reports import report_nothing
from app.procedure.queries import case_state
from app.procedure.taking import ApprovalDraft, add_person, take_steps
from app.quotas.boxes import BoxKey, Mark
from app.quotas.commands import save_board
from app.quotas.criteria import Criterion
from app.quotas.drafting_below import plan_below
from app.quotas.file_import import import_quotas
from app.quotas.in_force import as_range
from app.quotas.models import Scenario
from app.quotas.plans import Plan
from app.quotas.queries import versions
from app.quotas.rules import Base, BoardKey, Kind, Seen, WrittenQuota
from app.quotas.scenario_commands import keep_scenario
from app.reminders.commands import Written, choose_rules, mark_read, send
from app.reminders.mailboxes import add_mailbox
from app.reminders.models import OutgoingMail
from app.reminders.rules import Kind as LetterKind
from app.reminders.rules import Origin, Rules
from app.reorganisations.drafts import Details, begin, preview_draft, route_people
from app.reorganisations.queries import standing_reorganisation
from app.reports.layouts import add_layout, kept_layouts
from app.reports.rules import Layout
from app.rollups.commands import fold
from app.rounds.commands import Answer, Signature, answer_round, open_round, remind, sign_commitment
from app.rounds.queries import child_states, round_of
from app.rounds.rules import Dues
from app.rounds.transfers import Proposal, propose_transfer
from app.tenants.commands import create_tenant
from app.tenants.context import Actor, Context
from app.tenants.submissions import claim
from app.units.configuration import KindDraft, LevelDraft, add_kind, add_level
from app.units.queries import unit_by_code, units_by_code
from app.units.rows import UnitRow
from tests.factories.accounts import make_operator, make_user
from tests.factories.cases import cases_csv, make_person
from tests.factories.quotas import board_key, quota_csv, quota_row
from tests.factories.reorganisations import operations_of, reorganisation_csv, reorganise
from tests.factories.units import import_lines

TODAY = date(2022, 10, 31)
OWN, OTHER = "VINHPHUC", "HOABINH"
CHAINS = (("P0", "H1", "X1", "C1"), ("P0", "H2", "X2", "C2"))
LEVELS = ("province", "district", "commune", "cell")
_WHERE_FILES_ARE_TAKEN_IN = ("H1", "H2")

BROTHER = "S0"
"""A unit under the topmost one with which others exchange quotas: its name is no secret there."""
SPARE = "spare"
"""A user of each unit with whom nobody signs in, so that it may be changed."""

MERGED = ("S1", "S2", "S3")
"""Units of a reorganisation, on no chain: an ended one, its heir, one that changed its code."""

ADMITTED = {
    StepKind.LISTED: date(2021, 3, 1),
    StepKind.DECISION: date(2022, 5, 19),
    StepKind.CEREMONY: date(2022, 6, 1),
}


@dataclass(frozen=True)
class Place:
    """A unit with a number of each kind that addresses and forms carry.

    `code` is in its names; `link_code` is that of its user's one-time link, `seen` what an editor
    of its board has seen, `below` what whoever drafts next year's boards below it has looked at.
    """

    code: str
    seen: str
    below: str
    link_code: str
    numbers: dict[str, int]


@dataclass(frozen=True)
class Tenant:
    """A tenant with its places by the last part of their codes."""

    context: Context
    places: dict[str, Place]

    def __getitem__(self, place: str) -> Place:
        return self.places[place]


@dataclass(frozen=True)
class Scenery:
    """The readers' own tenant, the one beside it, and somebody who runs the service."""

    own: Tenant
    other: Tenant
    operator: str


def make_scenery() -> Scenery:
    """Make both tenants and commit them; the clock is held by the caller."""
    make_operator("vanhanh")
    db.session.commit()
    other, own = _make_tenant(OTHER), _make_tenant(OWN)
    return Scenery(own, other, operator="vanhanh")


def login_name(prefix: str, place: str, role: str) -> str:
    """Return the login name of the user with a role at a place."""
    return f"{prefix}-{place}.{role}".lower()


def readers() -> list[tuple[str, Role]]:
    """Return who reads: every role at each unit of the first chain where it may be held."""
    return [(place, role) for place in CHAINS[0] for role in _roles_at(place)]


def _make_tenant(prefix: str) -> Tenant:
    context = create_tenant(prefix, f"Đảng bộ {prefix}")
    units = _plant(context, prefix)
    seen, scenarios = _give_quotas(context, units)
    shared = {
        "tenant": context.tenant_id,
        "level": add_level(context, LevelDraft(code="spare", rank=9, **_names(prefix))),
        "another_level": add_level(context, LevelDraft(code="another", rank=9, **_names(prefix))),
        "kind": add_kind(context, KindDraft(code="spare", rank=9, **_names(prefix))),
        "segment": add_segment(
            context, SegmentDraft(code="spare", origin=SegmentOrigin.STATED, **_names(prefix))
        ),
        "measure": measure_by_code(context, "admission").id,
        "paper_layout": _set_papers(context, units["H2"]),
        "unit_mailbox": add_mailbox(context, units["H2"].id, f"{prefix}-h2@example.org".lower()),
        "recorded_day": record_day(
            context, date(2022, 9, 1), is_working_day=False, reason=f"Lễ của {prefix}-P0"
        ),
        "rule_set": add_rule_set(
            context, RuleSet(effective_on=date(2022, 9, 1), regulation=f"Quy định {prefix}-P0")
        ),
    }
    shared |= _draft_reorganisation(context, prefix)
    # Only demonstrations ask for one; the walls stand around the row of anybody.
    db.session.execute(
        insert(DemonstrationMove).values(
            tenant_id=context.tenant_id, to_day=TODAY, asker=f"{prefix}-P0", state="done"
        )
    )
    transfers = _run_rounds(context, units, prefix)
    letters = _write_letters(context, units, prefix)
    people = {chain[-1]: _add_people(context, units[chain[-1]]) for chain in CHAINS}
    route_people(
        context, shared["reorganisation"], {people[CHAINS[0][-1]]["person"]: f"{prefix}-{BROTHER}A"}
    )
    preview_draft(context, shared["reorganisation"])
    for chain in CHAINS:
        _add_to_cases(context, units, chain, people[chain[-1]])
    for number, chain in enumerate(CHAINS):
        keep_private(
            context,
            people[chain[-1]]["person"],
            identity=f"00109900{context.tenant_id:02}{number:02}",
            legal_basis=LegalBasis.CONSENT,
            document="",
        )
    choose_privacy_rule(context, LegalBasis.CONSENT, retention_months=60)
    fold(context)
    for chain in CHAINS:
        cell = units[chain[-1]]
        make_person(context, cell, f"Lê Thị {cell.code}, chưa gộp", steps=ADMITTED)
    numbers = {place: _add_users(context, unit, place) for place, unit in units.items()}
    links = {
        place: issue_link(context, added["user"], Purpose.INVITATION).code
        for place, added in numbers.items()
    }
    places = {
        place: Place(
            unit.code,
            seen[place],
            _look_below(context, unit),
            links[place],
            {
                **shared,
                "quota_transfer": transfers[_chain_of(place)],
                "reminder": letters[place],
                "export_file": _put_on_shelf(context, unit),
                **people[_chain_of(place)[-1]],
                **_units_around(units, place),
                "scenario": scenarios[place],
                **numbers[place],
            },
        )
        for place, unit in units.items()
    }
    _let_operator_look(context, places)
    for place, unit in units.items():
        places[place].numbers["countersigned_act"] = _ask_for_list(
            context, unit, places[place].numbers["clerk"]
        )
    for place, unit in units.items():
        cell = units[_chain_of(place)[-1]]
        places[place].numbers["import"] = _send_file(
            replace(context, actor=Actor("user", places[place].numbers["user"], "sender")),
            unit,
            cell,
            is_taken_in=place in _WHERE_FILES_ARE_TAKEN_IN,
        )
        places[place].numbers["recording"] = _record_somebody(
            replace(context, actor=Actor("user", places[place].numbers["clerk"], "clerk")), cell
        )
    sender = places["P0"].numbers["user"]
    for place in units:
        reader = Actor("user", places[place].numbers["user"], f"reader {prefix}-{place}")
        acting = replace(context, actor=reader, unit_id=units[place].id)
        mark_read(acting, units[place].id, [letters[place]])
    claim(replace(context, actor=Actor("user", sender, "sender")), "a form that was sent")
    begin_user_session(context.tenant_id, sender)
    link_entries(context)
    # One transaction is of one tenant: what is checked at its end sees no other.
    db.session.commit()
    return Tenant(context, places)


def _look_below(context: Context, unit: UnitRow) -> str:
    plan = Plan({Criterion.EQUALLY: 1}, total=12)
    return plan_below(context, unit, board_key(context, unit, "2023"), plan, replaces=False).digest


def _record_somebody(context: Context, cell: UnitRow) -> int:
    """Add somebody as a clerk does, who may undo it; return the number of the act."""
    name = f"Phạm Thị {cell.code}, {context.actor.id}"
    details = PersonDetails(full_name=name, date_of_birth=date(1996, 1, 1), sex="female")
    return add_person(context, cell.id, details, {}).recording_id


def _send_file(context: Context, unit: UnitRow, cell: UnitRow, *, is_taken_in: bool) -> int:
    """Send a file of one person for a unit and have it checked, or taken in as well."""
    content = cases_csv(
        {"cell_code": cell.code, "full_name": f"Phạm Văn {unit.code}, từ tệp"},
        {"cell_code": "không có", "full_name": f"Phạm Văn {unit.code}, bị loại"},
    )
    file_id = send_file(context, unit.id, f"{unit.code}.csv", content)
    next_batch(context, file_id)
    if is_taken_in:
        accept_file(context, file_id, takes_duplicates=False)
        while next_batch(context, file_id):
            pass
    return file_id


def _plant(context: Context, prefix: str) -> dict[str, UnitRow]:
    import_lines(
        context,
        *(
            f"{prefix}-{place},{f'{prefix}-{chain[depth - 1]}' if depth else ''},{LEVELS[depth]},"
            f"Tổ chức {prefix}-{place},,{100 + depth}"
            for chain in CHAINS
            for depth, place in enumerate(chain)
            if chain is _chain_of(place)
        ),
        f"{prefix}-{BROTHER},{prefix}-P0,commune,Tổ chức {prefix}-{BROTHER},,50",
        *(f"{prefix}-{unit},{prefix}-P0,commune,Tổ chức {prefix}-{unit},,1" for unit in MERGED),
    )
    _reorganise(context, prefix)
    codes = {f"{prefix}-{place}": place for chain in CHAINS for place in chain}
    return {codes[code]: unit for code, unit in units_by_code(context, codes).items()}


def _give_quotas(
    context: Context, units: dict[str, UnitRow]
) -> tuple[dict[str, str], dict[str, int]]:
    """Publish a version at every level and an own quota; begin a draft at each that gives on.

    Return what an editor of each place's board has then seen, and the scenarios kept of drafts.
    """
    top = units["P0"].code
    below = {
        place: sorted({chain[chain.index(place) + 1] for chain in CHAINS if place in chain[:-1]})
        for place in units
    }
    rows = [
        quota_row(top, units[chain[1]].code, 200, period="2020-2025", decided_on="2020-12-20")
        for chain in CHAINS
    ]
    rows += [quota_row("", top, 40), *(quota_row(u.code, u.code, 21) for u in units.values())]
    for place, children in below.items():
        count = 40 // max(len(children), 1)
        rows += [quota_row(units[place].code, units[child].code, count) for child in children]
    import_quotas(context, quota_csv(*rows))
    seen = {}
    scenarios = {}
    for place, unit in units.items():
        key = board_key(context, unit)
        if below[place]:
            first = units[below[place][0]]
            box = BoxKey(first.id)
            save_board(
                context,
                key,
                versions(context, key).seen,
                {box: WrittenQuota(Kind.COUNT, 15)},
                marks={box: Mark(is_held=True, note="ít nguồn")},
                base=Base.YEAR_START,
            )
            name = f"Phương án {unit.code}"
            scenarios[place] = keep_scenario(context, key, versions(context, key).seen, name)
        else:
            scenarios[place] = _make_scenario(context, key, unit)
        seen[place] = str(versions(context, key).seen)
    return seen, scenarios


def _make_scenario(context: Context, key: BoardKey, unit: UnitRow) -> int:
    """Put a scenario on a board that gives nothing, as nobody can through the program."""
    return db.session.execute(
        insert(Scenario)
        .values(
            tenant_id=context.tenant_id,
            issuer_id=unit.id,
            measure_id=key.measure_id,
            period=as_range(key.period),
            name=f"Phương án {unit.code}",
        )
        .returning(Scenario.id)
    ).scalar_one()


def _run_rounds(
    context: Context, units: dict[str, UnitRow], prefix: str
) -> dict[tuple[str, ...], int]:
    """Open a round at every level, with what comes of one; propose a transfer to each district.

    Return the transfers by the chain that they concern.
    """
    dues = Dues(date(2022, 11, 10), date(2022, 11, 20), date(2022, 12, 20))
    top = board_key(context, units["P0"])
    for place, unit in units.items():
        if not unit.is_cell:
            open_round(context, board_key(context, unit), dues, f"Yêu cầu của {prefix}-{place}")
    found = round_of(context, top)
    assert found is not None
    remind(context, found, child_states(context, top, [units["H1"], units["H2"]]))
    transfers = {}
    for chain in CHAINS:
        below = units[chain[1]]
        answer_round(context, below.id, found, Seen(0, 0), Answer(30, 25, f"Nguồn {below.code}"))
        sign_commitment(
            context, below.id, top, 1, Signature(f"Người ký {below.code}", "Bí thư", TODAY)
        )
        brother = unit_by_code(context, f"{prefix}-{BROTHER}")
        proposal = Proposal(below.id, brother.id, 1, f"Lý do {below.code}", "1-BB/HU")
        transfers[chain] = propose_transfer(context, brother.id, top, proposal)
    return transfers


def _put_on_shelf(context: Context, unit: UnitRow) -> int:
    """Put a drawn list of people on a unit's shelf."""
    number: int = db.session.execute(
        insert(ExportFile)
        .values(
            tenant_id=context.tenant_id,
            path=unit.path,
            unit_id=unit.id,
            table_name="people",
            title=f"Danh sách {unit.code}",
            query="",
            ending="csv",
            orderer_id=1,
            orderer_name=f"Người lập {unit.code}",
            rows=1,
        )
        .returning(ExportFile.id)
    ).scalar_one()
    keep_drawn(context, number, f"Người của {unit.code}".encode(), 1)
    return number


def _ask_for_list(context: Context, unit: UnitRow, clerk_id: int) -> int:
    """Have the clerk of a unit ask another person for a list of the unit's people."""
    order = Order(unit.id, unit.path, "people", f"Danh sách {unit.code}", "", "csv", rows=2)
    clerk = Actor("user", clerk_id, f"Cán bộ {unit.code}")
    wanted = Wanted(
        kind=ActKind.EXPORT,
        reason=f"Lý do {unit.code}",
        about={**asdict(order), "unit": unit.name},
        path=unit.path,
    )
    return ask(replace(context, actor=clerk), wanted)


def _write_letters(context: Context, units: dict[str, UnitRow], prefix: str) -> dict[str, int]:
    """Write to every unit from the one above it, to the topmost a digest, by rules that are set."""
    choose_rules(context, Rules(silent_days=30, sends_digest=True))
    period = parse_period("2022")
    question = Question(measure_by_code(context, "admission"), period, TODAY)
    letters = {}
    for chain in CHAINS:
        for place, above in zip(chain, ("", *chain), strict=False):
            sender, kind = (above, LetterKind.REMINDER) if above else (place, LetterKind.DIGEST)
            body = f"Thư gửi {prefix}-{place}"
            written = Written(units[place].id, Origin.BEHIND, body, once=f"thư {place}")
            if place not in letters:
                sent = send(context, kind, units[sender].id, question, [written])
                letters[place] = sent[units[place].id]
    db.session.execute(
        insert(OutgoingMail).values(
            tenant_id=context.tenant_id,
            reminder_id=letters["H2"],
            address="h2@example.org",
            attempts=8,
            next_try_at=None,
        )
    )
    return letters


def _set_papers(context: Context, unit: UnitRow) -> int:
    add_layout(context, unit.id, Layout(place_name=f"Nơi {unit.code}"))
    return kept_layouts(context)[0].id


def _add_people(context: Context, cell: UnitRow) -> dict[str, int]:
    return {
        "person": make_person(
            context,
            cell,
            f"Nguyễn Văn {cell.code}",
            person_code="P-01" if cell.code.endswith("C1") else None,
        ),
        "admitted": make_person(context, cell, f"Trần Văn {cell.code}", steps=ADMITTED),
    }


def _add_to_cases(
    context: Context, units: dict[str, UnitRow], chain: tuple[str, ...], people: dict[str, int]
) -> None:
    """Give a person of a chain something in every table that belongs to cases."""
    cell = units[chain[-1]]
    elsewhere = next(units[other[-1]] for other in CHAINS if other != chain)
    consent = ApprovalDraft(Rule.AGE, f"Ban Thường vụ {cell.code}", date(2021, 1, 4))
    approve(context, people["person"], consent)
    mentor = Taking(
        StepDraft(date(2021, 2, 1)),
        MentorDetails(mentors=(Mentor(name=f"Lê Văn {cell.code}", since=date(2021, 2, 1)),)),
    )
    take_steps(context, people["person"], {StepKind.MENTOR: mentor})
    report_nothing(context, cell.id, parse_period("2020-05"))
    of_tenant = {"tenant_id": context.tenant_id, "path": cell.path}
    case_id = case_state(context, people["person"]).case_id
    db.session.execute(
        insert(PersonMove).values(
            **of_tenant,
            person_id=people["person"],
            from_cell_id=elsewhere.id,
            to_cell_id=cell.id,
            moved_on=date(2020, 1, 6),
        )
    )
    db.session.execute(
        insert(Transfer).values(
            **of_tenant,
            case_id=case_id,
            number=cell.code,
            direction="in",
            counterpart="Tỉnh khác",
            transferred_on=date(2020, 1, 6),
        )
    )
    db.session.execute(
        insert(CarriedStep).values(
            **of_tenant, case_id=case_id, kind=StepKind.SYMPATHISER, taken_on=date(2021, 3, 8)
        )
    )


def _units_around(units: dict[str, UnitRow], place: str) -> dict[str, int]:
    chain = _chain_of(place)
    below = chain[chain.index(place) + 1 :]
    return {
        "unit": units[place].id,
        "child": units[below[0] if below else place].id,
        "cell": units[chain[-1]].id,
    }


def _add_users(context: Context, unit: UnitRow, place: str) -> dict[str, int]:
    prefix = unit.code.partition("-")[0]
    name = f"Cán bộ {unit.code}"
    users = {
        role: make_user(context, login_name(prefix, place, role), unit.id, role, full_name=name)
        for role in _roles_at(place)
    }
    ask_for_reset(login_name(prefix, place, Role.READER))
    reader = users[Role.READER]
    membership = begin_user_session(context.tenant_id, reader)
    session = select(UserSession.id).where(
        UserSession.tenant_id == context.tenant_id,
        UserSession.token_hash == membership.token_hash,
    )
    spare = make_user(
        context, login_name(prefix, place, SPARE), unit.id, Role.READER, full_name=name
    )
    held = user_in_scope(context, users[Role.COMMITTEE]).roles[0].id
    wanted = Appointment(
        grant_id=held,
        login_name=login_name(prefix, place, Role.CLERK),
        first_day=TODAY,
        last_day=TODAY + timedelta(days=5),
    )
    return {
        "held_role": held,
        "stand_in": appoint(context, users[Role.COMMITTEE], wanted),
        "administrator": users.get(Role.TENANT_ADMINISTRATOR, 0),
        "user": spare,
        "role": user_in_scope(context, spare).roles[0].id,
        "reader": reader,
        "clerk": users[Role.CLERK],
        "session": db.session.execute(session).scalar_one(),
    }


def _let_operator_look(context: Context, places: dict[str, Place]) -> None:
    actor = Actor("user", places["P0"].numbers["administrator"], "administrator")
    access = give_access(
        replace(context, actor=actor), "vanhanh", "một lý do đủ dài", 2, sees_people=False
    )
    for place in places.values():
        place.numbers["operator_access"] = access


def _reorganise(context: Context, prefix: str) -> None:
    """Merge a unit into another and give a third one another code."""
    ended, heir, recoded = (f"{prefix}-{unit}" for unit in MERGED)
    reorganise(
        context,
        f"{ended},,{heir},,{prefix}-P0,whole,",
        f"{heir},,{heir},,{prefix}-P0,whole,",
        f"{recoded},,{recoded}-MOI,Tổ chức {recoded}-MOI,{prefix}-P0,whole,",
        on=date(2022, 9, 15),
        number=f"1-QĐ/{prefix}",
    )


def _draft_reorganisation(context: Context, prefix: str) -> dict[str, int]:
    """Have a previewed draft beside the reorganisation that was applied: a unit is to be split."""
    split = f"{prefix}-{BROTHER}"
    applied = standing_reorganisation(context, f"1-QĐ/{prefix}")
    assert applied is not None
    draft = begin(
        context,
        Details(decision_no=f"2-QĐ/{prefix}", issuer=None, effective_on=TODAY),
        operations_of(
            reorganisation_csv(
                f"{split},,{split}A,Tổ chức {split}A,{prefix}-P0,part,1",
                f"{split},,{split}B,Tổ chức {split}B,{prefix}-P0,part,0",
            )
        ),
    )
    preview_draft(context, draft)
    empty = begin(context, Details(decision_no=f"3-QĐ/{prefix}", issuer=None, effective_on=TODAY))
    return {"reorganisation": draft, "applied_reorganisation": applied.id, "draft": empty}


def _chain_of(place: str) -> tuple[str, ...]:
    return next(chain for chain in CHAINS if place in chain)


def _roles_at(place: str) -> list[Role]:
    nowhere = set()
    if place != "P0":
        nowhere.add(Role.TENANT_ADMINISTRATOR)
    if not place.startswith("C"):
        nowhere.add(Role.CELL_SECRETARY)
    return [role for role in Role if role not in nowhere]


def _names(prefix: str) -> dict[str, str]:
    return {"name_vi": f"Dự phòng {prefix}-P0", "name_en": f"Spare {prefix}-P0"}
