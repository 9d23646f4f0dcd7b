"""Several tenants become one: everything goes over, nothing is there twice, every figure stays."""

import json
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select, text, update

from app.core.database import db, mark_audited
from app.core.errors import Conflict, NotFound, Refused
from app.countersigning.commands import Wanted, approve, ask, set_rules
from app.countersigning.queries import act_in_reach, two_person_rules
from app.countersigning.rules import Kind, TwoPersonRules
from app.measures.commands import add_segment
from app.measures.models import Measure
from app.measures.queries import segments
from app.measures.rules import Origin, SegmentDraft
from app.merging import commands
from app.merging.commands import Asked, merge, preview
from app.merging.copying import work_as
from app.merging.queries import former_tenants
from app.merging.tables import LEFT, MATCHED, OF_RECEIVER, tenant_tables
from app.merging.trail import closed_trail
from app.privacy.commands import keep_private
from app.privacy.queries import kept_of
from app.privacy.rules import LegalBasis
from app.reorganisations import commands as reorganisations
from app.rollups.commands import verify
from app.tenants.commands import create_tenant
from app.tenants.context import COMMAND_LINE, load_context
from app.tenants.models import Tenant
from app.units.queries import unit_by_code
from tests.factories.accounts import acting_as, make_user
from tests.factories.cases import import_rows, make_person
from tests.factories.quotas import give_quotas
from tests.factories.reorganisations import reorganise
from tests.factories.units import import_lines
from tests.fixtures.accounts import new_browser
from tests.gates.scenery import OTHER, OWN

NUMBER = "1676/NQ-UBTVQH15"
EFFECTIVE = date(2022, 10, 1)

WITH_ROWS_OF_THEIR_OWN = {
    "audit_entry": "the merging is told there",
    "former_tenant": "as there",
    "quota_line": "what the Centre gave both stands on one board, from each version on",
}


def asked(*sources, into="PHUTHO"):
    return Asked(sources, into, EFFECTIVE, NUMBER, "Tỉnh Phú Thọ")


def entered(code):
    """Begin a transaction of a tenant."""
    db.session.rollback()
    found = db.session.scalars(select(Tenant.id).where(Tenant.code == code)).one()
    work_as(found)
    return load_context(found, COMMAND_LINE)


def counted(superuser_engine):
    """Count the rows of every table by tenant, past all walls."""
    with superuser_engine.connect() as connection:
        return {
            table.name: dict(
                connection.execute(
                    text(f'SELECT tenant_id, count(*) FROM "{table.name}" GROUP BY 1')
                ).all()
            )
            for table in tenant_tables()
        }


def test_everything_of_two_tenants_goes_over_to_a_new_one(
    app, scenery, superuser_engine, owner_engine
):
    own, other = scenery.own.context, scenery.other.context
    before = counted(superuser_engine)

    foreseen = preview(asked(OWN, OTHER))
    unchanged = counted(superuser_engine)
    merged = merge(owner_engine, asked(OWN, OTHER))
    after = counted(superuser_engine)

    assert unchanged == before
    assert merged == foreseen
    assert merged.totals_after == merged.totals_before
    assert merged.totals_after["admission"] > 0
    into = entered("PHUTHO")
    for table, of_tenants in after.items():
        assert set(of_tenants) <= {into.tenant_id}, table
        if table not in {*LEFT, *OF_RECEIVER, *MATCHED, *WITH_ROWS_OF_THEIR_OWN}:
            gone_over = before[table][own.tenant_id] + before[table][other.tenant_id]
            assert of_tenants[into.tenant_id] == gone_over, table
    with superuser_engine.connect() as connection:
        assert set(connection.scalars(text("SELECT code FROM tenant"))) == {"PHUTHO"}
    assert not verify(into).mismatches
    former = [row for row in former_tenants(into) if row.decision_no == NUMBER]
    assert [row.name for row in former] == [f"Đảng bộ {OWN}", f"Đảng bộ {OTHER}"]
    for row in former:
        anchored = closed_trail(into, row.id)
        assert (anchored.entries, anchored.digest) == (row.trail_entries, row.trail_digest)
        assert anchored.entries > 0
    person = scenery.own["C1"].numbers["person"]
    identity = f"00109900{own.tenant_id:02}00"
    assert kept_of(into, person).identity == identity
    assert merge(owner_engine, asked(OWN, OTHER)) == merged
    assert counted(superuser_engine) == after


def test_users_of_before_sign_in_and_see_their_units(app, scenery, owner_engine, sign_in):
    browser = new_browser(app)
    merge(owner_engine, asked(OWN, OTHER))

    sign_in(browser, f"{OWN}-H1.clerk".lower())
    page = browser.get("/", follow_redirects=True)

    assert page.status_code == 200
    assert f"{OWN}-H1" in page.text
    assert OTHER not in page.text


@pytest.fixture
def two_provinces(app_context):
    """A receiver and a tenant that has the same codes for other things."""
    for code, root in (("PHUTHO", "P25"), ("HOABINH", "P17")):
        _province(code, root, identity="001099000001")
        db.session.commit()


def _province(code, root, *, identity):
    context = create_tenant(code, f"Tỉnh {code}")
    import_lines(
        context,
        f"{root},,province,Tỉnh {code}",
        f"{root}-X,{root},commune,Xã của {code}",
        f"CB1,{root}-X,cell,Chi bộ của {code},village_cell",
    )
    add_segment(
        context,
        SegmentDraft(
            code=f"rieng_{code.lower()}", origin=Origin.STATED, name_vi=code, name_en=code
        ),
    )
    import_rows(
        context,
        {
            "person_code": "0001",
            "cell_code": "CB1",
            "segments": f"rieng_{code.lower()}",
            "listed_on": "2022-02-01",
            "decision_no": "5",
            "decision_on": "2022-03-01",
        },
    )
    person = make_person(context, unit_by_code(context, "CB1"), f"Trùng số {code}")
    keep_private(context, person, identity=identity, legal_basis=LegalBasis.CONSENT, document="")
    for decided_on, count in (("2022-01-05", 30), ("2022-06-05", 35)):
        give_quotas(
            context,
            None,
            {root: count + len(code)},
            decided_on=decided_on,
            decision_no=f"{decided_on}/{code}",
            reason="điều chỉnh",
        )
    db.session.commit()
    return context


def run(app, *arguments):
    outcome = app.test_cli_runner().invoke(args=[*arguments, "--format", "json"])
    assert outcome.exit_code == 0, outcome.output
    return json.loads(outcome.stdout)


def quotas_of(app, tenant, unit, as_of):
    found = run(
        app,
        *("attainment", "--tenant", tenant, "--unit", unit, "--measure", "admission"),
        *("--period", "2022", "--as-of", as_of),
    )["unit"]
    return found["quota"], found["count"]


@pytest.mark.usefixtures("two_provinces")
def test_what_clashes_is_resolved_by_rule_and_told(app, owner_engine):
    days = ("2022-01-02", "2022-03-31", "2022-08-31")
    tenants = {"P25": "PHUTHO", "P17": "HOABINH"}
    before = {
        (unit, day): quotas_of(app, tenant, unit, day)
        for unit, tenant in tenants.items()
        for day in days
    }

    merged = merge(owner_engine, asked("HOABINH"))

    told = {(clash["what"], clash["value"]): clash["becomes"] for clash in merged.clashes}
    assert told["unit", "CB1"] == "CB1.HOABINH"
    assert told["person", "0001"] == "0001.HOABINH"
    assert [clash["rule"] for clash in merged.clashes].count("emptied") == 1
    for (unit, day), figures in before.items():
        assert quotas_of(app, "PHUTHO", unit, day) == figures
    assert quotas_of(app, "PHUTHO", "CB1.HOABINH", "2022-12-31")[1] == 1
    into = entered("PHUTHO")
    slots = {found.code: found.slot for found in segments(into)}
    assert slots["rieng_hoabinh"] != slots["rieng_phutho"]
    db.session.rollback()
    parts = run(
        app,
        *("breakdown", "--tenant", "PHUTHO", "--unit", "P17", "--measure", "admission"),
        *("--period", "2022"),
    )["segments"]
    assert {part["segment"]: part["count"] for part in parts}["rieng_hoabinh"] == 1

    joined = reorganise(
        entered("PHUTHO"),
        "P25,,NP25,Tỉnh Phú Thọ mới,,whole,1",
        "P17,,NP25,Tỉnh Phú Thọ mới,,whole,1",
        on=EFFECTIVE,
        number=NUMBER,
    )
    db.session.commit()
    assert joined.totals_after == joined.totals_before
    given = (35 + len("PHUTHO")) + (35 + len("HOABINH"))
    assert quotas_of(app, "PHUTHO", "NP25", "2022-12-31") == (given, 2)


@pytest.mark.usefixtures("two_provinces")
def test_what_was_decided_before_is_not_undone_after(app, owner_engine):
    coming = entered("HOABINH")
    reorganise(coming, "P17-X,,P17-X,Xã đổi tên,P17,whole,", on=date(2022, 9, 1), number="7-QĐ")
    db.session.commit()

    merge(owner_engine, asked("HOABINH"))

    with pytest.raises(Conflict):
        reorganisations.undo(entered("PHUTHO"), "7-QĐ")


@pytest.mark.usefixtures("two_provinces")
def test_one_that_was_broken_off_has_done_nothing_and_is_done_again(
    app, owner_engine, superuser_engine, monkeypatch
):
    before = counted(superuser_engine)

    def killed(_context):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(commands, "rebuild", killed)
        with pytest.raises(KeyboardInterrupt):
            merge(owner_engine, asked("HOABINH"))

    assert counted(superuser_engine) == before
    merged = merge(owner_engine, asked("HOABINH"))
    assert merged.totals_after["admission"] == 2


@pytest.mark.usefixtures("two_provinces")
def test_what_cannot_be_merged_is_refused(app, owner_engine):
    with pytest.raises(NotFound):
        merge(owner_engine, asked("XYZ"))
    with pytest.raises(Refused):
        merge(owner_engine, asked("PHUTHO"))
    with pytest.raises(Refused):
        merge(owner_engine, replace(asked("HOABINH"), effective_on=date(2999, 1, 1)))

    coming = entered("HOABINH")
    db.session.execute(
        update(Measure)
        .where(Measure.tenant_id == coming.tenant_id, Measure.code == "admission")
        .values(counted_step="ceremony")
    )
    mark_audited(db.session())
    db.session.commit()
    with pytest.raises(Conflict):
        merge(owner_engine, asked("HOABINH"))


@pytest.mark.usefixtures("two_provinces")
def test_a_tenant_that_wants_two_people_is_merged_once_they_have_agreed(app, owner_engine):
    coming = entered("HOABINH")
    set_rules(coming, TwoPersonRules(erasure=True, merging=True))
    top = unit_by_code(coming, "P17")
    asks, answers = (
        acting_as(coming, make_user(coming, name, top.id, "tenant_administrator"), top)
        for name in ("hb.quantri1", "hb.quantri2")
    )
    wanted = asked("HOABINH")
    about = {
        "into": wanted.into,
        "decision_no": wanted.decision_no,
        "effective_on": wanted.effective_on.isoformat(),
    }
    act = ask(asks, Wanted(kind=Kind.MERGING, reason="theo nghị quyết", about=about))
    db.session.commit()
    with pytest.raises(Conflict, match="hai quản trị viên"):
        merge(owner_engine, wanted)

    entered("HOABINH")
    approve(answers, act, {Kind.MERGING})
    db.session.commit()
    merge(owner_engine, wanted)

    receiver = entered("PHUTHO")
    assert two_person_rules(receiver) == TwoPersonRules(erasure=True, merging=True)
    assert act_in_reach(replace(receiver, actor=answers.actor), act, {Kind.MERGING}).answered_at
