"""What may go wrong when a reorganisation is applied: the right message and no change, or right."""

import threading
from datetime import date

import pytest
from sqlalchemy import text

from app.cases.rules import StepKind
from app.core.database import apply_context, db
from app.core.errors import Conflict
from app.reorganisations import carrying_out, commands
from app.reorganisations.commands import PlanRefused
from app.rollups.commands import verify
from app.tenants.commands import create_tenant
from app.tenants.context import tenant_transaction
from app.units.queries import unit_by_code
from tests.factories.cases import import_rows, make_person
from tests.factories.exports import tenant_export
from tests.factories.reorganisations import ON, decided, reorganise
from tests.factories.units import import_lines

MERGED = ("C1,,N1,Xã Mới,P,whole,1", "C2,,N1,Xã Mới,P,whole,1")


@pytest.fixture
def province(app_context):
    context = create_tenant("THU", "Tỉnh thử", clock_on=ON.replace(month=9))
    import_lines(
        context,
        "P,,province,Tỉnh",
        *(f"C{number},P,commune,Xã {number}" for number in (1, 2, 3)),
        *(f"B{number},C{number},cell,Chi bộ {number},village_cell" for number in (1, 2, 3)),
    )
    import_rows(
        context,
        *(
            {
                "person_code": cell,
                "cell_code": cell,
                "listed_on": "2025-01-05",
                "decision_no": cell,
                "decision_on": "2025-03-01",
            }
            for cell in ("B1", "B2", "B3")
        ),
    )
    db.session.commit()
    return context


@pytest.mark.parametrize(
    "lines",
    [
        ("C1,,C1,Xã 1,C2,whole,", "C2,,C2,Xã 2,C1,whole,"),
        ("C9,,N1,Xã Mới,P,whole,1",),
        ("C1,,N1,Xã Mới,KHONG,whole,1",),
        ("C1,,,,,whole,1",),
        ("C3,,N1,Một phần,P,part,1",),
        ("C3,,N1,Một,P,part,1", "C3,,N2,Hai,P,part,1"),
    ],
    ids=[
        "a cycle",
        "an unknown code",
        "no such parent",
        "no successor",
        "one part",
        "two defaults",
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(province, lines):
    before = tenant_export(province)

    with pytest.raises(PlanRefused):
        commands.apply(province, decided(*lines))

    db.session.rollback()
    apply_context(db.session(), province.for_database)
    assert tenant_export(province) == before


def test_one_that_is_killed_half_way_leaves_nothing_and_is_done_again(province, monkeypatch):
    before = tenant_export(province)
    db.session.commit()

    def killed(*_arguments, **_values):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(commands, "carry_out", _after(carrying_out.carry_out, killed))
        with pytest.raises(KeyboardInterrupt):
            commands.apply(province, decided(*MERGED))
    db.session.rollback()

    apply_context(db.session(), province.for_database)
    assert tenant_export(province) == before
    result = commands.apply(province, decided(*MERGED))
    assert commands.apply(province, decided(*MERGED)) == result


def _after(first, then):
    def both(*arguments, **values):
        first(*arguments, **values)
        then()

    return both


def test_a_clerk_who_saves_meanwhile_writes_below_the_new_tree(app, province):
    """The clerk waits for the reorganisation and is counted once, under the new commune."""
    commands.apply(province, decided(*MERGED))
    waited = threading.Event()

    def save():
        with app.app_context():
            waited.set()
            with tenant_transaction("THU") as context:
                cell = unit_by_code(context, "B1")
                make_person(
                    context, cell, "Người ghi giữa chừng", steps={StepKind.LISTED: date(2025, 8, 1)}
                )

    clerk = threading.Thread(target=save)
    clerk.start()
    waited.wait(10)
    db.session.commit()
    clerk.join(60)

    apply_context(db.session(), province.for_database)
    path = unit_by_code(province, "N1").path
    found = db.session.scalars(
        text("SELECT path FROM person WHERE full_name = 'Người ghi giữa chừng'")
    ).all()
    assert len(found) == 1
    assert found[0].startswith(path)
    assert not verify(province).mismatches


def test_a_day_of_the_past_takes_what_was_done_since_along(province):
    reorganise(province, *MERGED, on=date(2025, 2, 1))

    assert not verify(province).mismatches
    with pytest.raises(Conflict):
        commands.apply(province, decided("C3,,C3,Tên khác,P,whole,", on=date(2025, 2, 1)))
