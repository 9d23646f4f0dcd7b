"""`import_cases`: who is who, what a later file adds, what is refused and where."""

from datetime import date

import pytest
from sqlalchemy import func, select, text

from app.audit.models import AuditEntry
from app.cases.file_import import import_cases
from app.cases.models import Case, Person, Step
from app.cases.queries import recorded_cases
from app.cases.rules import StepKind
from app.core.database import db
from app.imports.rules import ImportRefused
from app.measures.queries import segments
from app.rollups.commands import verify
from app.tenants.commands import create_tenant
from app.units.commands import move_unit
from tests.cases.conftest import plant
from tests.factories.cases import HEADER, cases_csv, import_rows

WHOLE_WAY = {
    "cell_code": "V1",
    "full_name": "Trần Thị Bình",
    "date_of_birth": "1995-02-28",
    "sex": "female",
    "ethnicity": "Mường",
    "religion": "Không",
    "education": "upper_secondary",
    "qualification": "university",
    "occupation": "Giáo viên",
    "segments": "teacher;youth_union",
    "listed_on": "2020-03-01",
    "certificate_on": "2020-09-15",
    "introduced_on": "2021-01-10",
    "introduced_by": "youth_union;women",
    "cell_resolution_on": "2021-03-02",
    "decision_no": "12-QĐ/HU",
    "decision_on": "2021-04-20",
    "ceremony_on": "2021-05-19",
    "recognised_on": "2022-05-19",
}
V1 = {"cell_code": "V1"}


@pytest.fixture(autouse=True)
def _units(tree):
    """The codes of the rows exist."""


def only_person(context):
    (found,) = recorded_cases(context)
    return found


def codes_of(context, slots, *, of_introducers=False):
    return {
        row.code
        for row in segments(context)
        if row.slot in slots and (row.origin == "introducer") is of_introducers
    }


def rejected(context, *rows, **options):
    """Import rows that must be refused; the rejects as (row, column) and the reasons."""
    with pytest.raises(ImportRefused) as refused:
        import_rows(context, *rows, **options)
    return [(reject.row, reject.column) for reject in refused.value.report.rejects]


def reasons(context, *rows, **options):
    with pytest.raises(ImportRefused) as refused:
        import_rows(context, *rows, **options)
    return [str(reject.reason) for reject in refused.value.report.rejects]


def test_a_row_becomes_a_person_with_dated_steps(context, tree):
    report = import_rows(context, WHOLE_WAY)

    assert (report.read, report.accepted, report.unchanged, report.rejected) == (1, 1, 0, 0)
    case = only_person(context)
    assert case.details.full_name == "Trần Thị Bình"
    assert case.details.date_of_birth == date(1995, 2, 28)
    assert (case.cell_id, case.path) == (tree["V1"].id, tree["V1"].path)
    assert {kind: step.taken_on for kind, step in case.steps.items()} == {
        StepKind.LISTED: date(2020, 3, 1),
        StepKind.CERTIFICATE: date(2020, 9, 15),
        StepKind.INTRODUCTION: date(2021, 1, 10),
        StepKind.CELL_RESOLUTION: date(2021, 3, 2),
        StepKind.DECISION: date(2021, 4, 20),
        StepKind.CEREMONY: date(2021, 5, 19),
        StepKind.RECOGNITION: date(2022, 5, 19),
    }
    assert case.steps[StepKind.DECISION].document_no == "12-QĐ/HU"


def test_segments_are_those_of_the_day_of_each_step(context):
    import_rows(context, {**WHOLE_WAY, "date_of_birth": "1990-04-21"})

    steps = only_person(context).steps
    decision = codes_of(context, steps[StepKind.DECISION].segments)
    assert decision == {
        "female",
        "ethnic_minority",
        "upper_secondary",
        "university",
        "age_18_30",
        "teacher",
        "youth_union",
        "residential",
    }
    # The thirty-first birthday was the day after the decision.
    ceremony = codes_of(context, steps[StepKind.CEREMONY].segments)
    assert ceremony == decision - {"age_18_30"}
    introduction = steps[StepKind.INTRODUCTION].segments
    assert codes_of(context, introduction, of_introducers=True) == {"youth_union", "women"}
    assert not codes_of(context, introduction)


def test_residential_follows_from_the_cell_or_is_stated(context):
    import_rows(
        context,
        {"cell_code": "S1", "full_name": "A Một"},
        {"cell_code": "S1", "full_name": "B Hai", "segments": "residential"},
        {"cell_code": "V1", "full_name": "C Ba"},
    )

    residential = {
        case.details.full_name: "residential"
        in codes_of(context, case.steps[StepKind.LISTED].segments)
        for case in recorded_cases(context)
    }
    assert residential == {"A Một": False, "B Hai": True, "C Ba": True}


def test_the_same_file_twice_changes_nothing(context):
    rows = (WHOLE_WAY, {**V1, "full_name": "Lê Văn Cường"})
    import_rows(context, *rows)
    db.session.commit()
    before = _everything()

    report = import_rows(context, *rows)

    db.session.commit()
    assert (report.accepted, report.unchanged) == (2, 2)
    assert _everything() == before


def _everything():
    """Return all that is recorded, the trail included."""
    statements = [select(table.__table__) for table in (Person, Case, Step, AuditEntry)]
    return [sorted(map(str, db.session.execute(statement))) for statement in statements]


def test_counts_equal_a_recount_after_every_kind_of_import(context):
    import_rows(context, {**WHOLE_WAY, "person_code": "P1"}, {**V1, "full_name": "Lê Cường"})
    import_rows(
        context,
        {**WHOLE_WAY, "person_code": "P1", "cell_code": "V3", "religion": "Phật giáo"},
        {**V1, "full_name": "Lê Cường", "certificate_on": "2022-02-02"},
        may_correct=True,
    )

    assert verify(context).mismatches == ()


def test_a_later_file_adds_missing_steps(context):
    import_rows(context, V1)

    report = import_rows(
        context, {**V1, "certificate_on": "2021-09-01", "decision_on": "2022-01-05"}
    )

    assert (report.accepted, report.unchanged) == (1, 0)
    assert set(only_person(context).steps) == {
        StepKind.LISTED,
        StepKind.CERTIFICATE,
        StepKind.DECISION,
    }


def test_an_empty_field_erases_nothing(context):
    import_rows(context, WHOLE_WAY)
    before = only_person(context)
    bare = {"cell_code": "V1", "full_name": "Trần Thị Bình", "sex": "female", "listed_on": ""}

    report = import_rows(
        context, {**bare, "date_of_birth": "1995-02-28", "education": ""}, may_correct=True
    )

    assert report.unchanged == 1
    assert only_person(context) == before


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"decision_on": "2021-04-21"}, "decision_on"),
        ({"listed_on": "2020-03-02"}, "listed_on"),
        ({"decision_no": "13-QĐ/HU"}, "decision_no"),
        ({"introduced_by": "trade_union"}, "introduced_by"),
        ({"sex": "male"}, "sex"),
        ({"ethnicity": "Kinh"}, "ethnicity"),
        ({"segments": "worker"}, "segments"),
        ({"occupation": "Bác sĩ"}, "occupation"),
    ],
)
def test_a_changed_value_is_rejected_unless_corrections_are_asked_for(context, change, column):
    import_rows(context, WHOLE_WAY)
    db.session.commit()
    changed = {**WHOLE_WAY, **change}

    assert rejected(context, changed) == [(2, column)]
    report = import_rows(context, changed, may_correct=True)

    db.session.commit()
    assert (report.accepted, report.unchanged) == (1, 0)
    assert import_rows(context, changed).unchanged == 1
    assert verify(context).mismatches == ()


def test_a_correction_leaves_what_was_and_what_is_in_the_trail(context):
    import_rows(context, WHOLE_WAY)
    import_rows(
        context, {**WHOLE_WAY, "decision_on": "2021-04-21", "sex": "male"}, may_correct=True
    )

    entry = _last_entry(context, "person.corrected")
    assert entry.before["sex"] == "female"
    assert entry.after["sex"] == "male"
    assert entry.before["decision"]["taken_on"] == "2021-04-20"
    assert entry.after["decision"]["taken_on"] == "2021-04-21"


def _last_entry(context, action):
    return db.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.tenant_id == context.tenant_id, AuditEntry.action == action)
        .order_by(AuditEntry.id.desc())
    ).first()


def test_correcting_an_attribute_tells_recorded_steps_again(context):
    import_rows(context, {**WHOLE_WAY, "ethnicity": ""})
    unknown = only_person(context).steps[StepKind.DECISION].segments
    assert "ethnic_minority" not in codes_of(context, unknown)

    import_rows(context, WHOLE_WAY, may_correct=True)

    steps = only_person(context).steps
    assert "ethnic_minority" in codes_of(context, steps[StepKind.DECISION].segments)
    assert codes_of(context, steps[StepKind.INTRODUCTION].segments, of_introducers=True) == {
        "youth_union",
        "women",
    }


def test_there_is_one_entry_for_each_changed_person(context):
    import_rows(context, WHOLE_WAY, {**V1, "full_name": "Lê Văn Cường"})
    import_rows(
        context, WHOLE_WAY, {**V1, "full_name": "Lê Văn Cường", "decision_on": "2022-01-05"}
    )

    entries = db.session.scalars(
        select(AuditEntry.action).where(AuditEntry.subject_kind == "person").order_by(AuditEntry.id)
    ).all()
    assert entries == ["person.added", "person.added", "case.advanced"]


class TestWhoIsWho:
    def test_people_of_one_name_and_birth_date_in_two_cells_are_two(self, context):
        report = import_rows(context, V1, {"cell_code": "V2"})

        assert report.accepted == 2
        assert len(recorded_cases(context)) == 2

    def test_two_codes_are_two_people_of_one_cell_and_name(self, context):
        import_rows(context, {**V1, "person_code": "A"}, {**V1, "person_code": "B"})

        assert len(recorded_cases(context)) == 2
        assert rejected(context, V1) == [(2, "full_name")]

    @pytest.mark.parametrize(
        ("first", "second", "column"),
        [
            ({}, {}, "full_name"),
            ({}, {"full_name": "NGUYỄN VĂN AN"}, "full_name"),
            ({}, {"full_name": "Nguye\u0302\u0303n Va\u0306n An"}, "full_name"),
            ({"person_code": "A"}, {"person_code": "A", "cell_code": "V2"}, "person_code"),
            ({"person_code": "A"}, {}, "full_name"),
            ({}, {"person_code": "A"}, "person_code"),
        ],
    )
    def test_the_second_row_of_one_person_is_rejected(self, context, first, second, column):
        rows = ({**V1, **first}, {**V1, **second})

        assert rejected(context, *rows) == [(3, column)]
        report = import_rows(context, *rows, skip_bad=True)

        assert (report.accepted, report.rejected) == (1, 1)
        assert len(recorded_cases(context)) == 1

    def test_capitals_and_decomposed_letters_are_the_same_name(self, context):
        import_rows(context, V1)

        report = import_rows(context, {**V1, "full_name": "NGUYE\u0302\u0303N VA\u0306N  AN "})

        assert report.unchanged == 1
        assert only_person(context).details.full_name == "Nguyễn Văn An"

    def test_a_code_finds_the_person_whatever_the_name(self, context):
        import_rows(context, {**V1, "person_code": "A"})
        renamed = {**V1, "person_code": "A", "full_name": "Nguyễn Văn Ân"}

        assert rejected(context, renamed) == [(2, "full_name")]
        import_rows(context, renamed, may_correct=True)

        assert only_person(context).details.full_name == "Nguyễn Văn Ân"

    def test_a_new_code_for_a_known_person_is_a_correction(self, context):
        import_rows(context, V1)
        coded = {**V1, "person_code": "A"}

        assert rejected(context, coded) == [(2, "person_code")]
        import_rows(context, coded, may_correct=True)

        assert only_person(context).details.person_code == "A"
        assert import_rows(context, V1).unchanged == 1


class TestMoving:
    def test_a_known_code_in_another_cell_moves_the_person_and_no_credit(self, context, tree):
        import_rows(context, {**WHOLE_WAY, "person_code": "A", "recognised_on": ""})

        import_rows(context, {**WHOLE_WAY, "person_code": "A", "cell_code": "V3"})

        case = only_person(context)
        assert (case.cell_id, case.path) == (tree["V3"].id, tree["V3"].path)
        assert case.steps[StepKind.DECISION].cell_id == tree["V1"].id
        assert case.steps[StepKind.RECOGNITION].cell_id == tree["V3"].id
        assert {path for (path,) in db.session.execute(select(Step.path))} == {tree["V3"].path}
        assert _last_entry(context, "person.moved").before["cell_id"] == tree["V1"].id
        db.session.commit()
        assert verify(context).mismatches == ()

    def test_without_a_code_another_cell_is_another_person(self, context):
        import_rows(context, V1)
        import_rows(context, {"cell_code": "V3"})

        assert len(recorded_cases(context)) == 2


class TestRefusals:
    @pytest.mark.parametrize(
        ("row", "column"),
        [
            ({"cell_code": "NONE"}, "cell_code"),
            ({"cell_code": "X1"}, "cell_code"),
            ({"cell_code": ""}, "cell_code"),
            ({"full_name": ""}, "full_name"),
            ({"full_name": "=1+1"}, "full_name"),
            ({"full_name": "A" * 200}, "full_name"),
            ({"date_of_birth": "2023-01-01"}, "date_of_birth"),
            ({"date_of_birth": "30/02/1995"}, "date_of_birth"),
            ({"date_of_birth": "1/2/95"}, "date_of_birth"),
            ({"sex": "unknown"}, "sex"),
            ({"sex": ""}, "sex"),
            ({"education": "much"}, "education"),
            ({"qualification": "phd"}, "qualification"),
            ({"segments": "teacher;pilot"}, "segments"),
            ({"segments": "women"}, "segments"),
            ({"segments": "female"}, "segments"),
            ({"introduced_on": "2021-05-01", "introduced_by": "teacher"}, "introduced_by"),
            ({"introduced_by": "women"}, "introduced_by"),
            ({"decision_no": "12"}, "decision_no"),
            ({"listed_on": "2022-11-01"}, "listed_on"),
            ({"listed_on": "1990-01-01"}, "listed_on"),
            ({"decision_on": "2022-06-01", "ceremony_on": "2022-05-31"}, "ceremony_on"),
            ({"certificate_on": "2020-01-01"}, "certificate_on"),
            ({"cell_resolution_on": "2021-01-01"}, "cell_resolution_on"),
            ({"recognised_on": "2022-06-01", "removed_on": "2022-05-31"}, "removed_on"),
        ],
    )
    def test_a_bad_cell_is_named_by_row_and_column(self, context, row, column):
        good = {**V1, "full_name": "Lê Văn Cường"}

        assert rejected(context, good, {**V1, **row}) == [(3, column)]
        assert not recorded_cases(context)

    def test_a_step_before_a_recorded_one_is_out_of_order(self, context):
        import_rows(context, {**V1, "decision_on": "2022-05-01"})

        assert rejected(context, {**V1, "ceremony_on": "2022-04-30"}) == [(2, "ceremony_on")]

    def test_everything_wrong_with_a_row_is_said_at_once(self, context):
        bad = {"cell_code": "", "full_name": "", "sex": "x", "listed_on": "31/04/2021"}

        assert rejected(context, bad) == [
            (2, "cell_code"),
            (2, "full_name"),
            (2, "sex"),
            (2, "listed_on"),
        ]

    def test_a_date_before_the_cell_had_a_place_is_rejected(self, context):
        db.session.execute(
            text(
                "UPDATE position SET valid = '[2021-06-01,)'"
                " WHERE unit_id = (SELECT id FROM unit WHERE code = 'V1')"
            )
        )

        assert rejected(context, V1) == [(2, "listed_on")]
        assert import_rows(context, {**V1, "listed_on": "2021-06-01"}).accepted == 1

    def test_bad_rows_are_skipped_when_asked(self, context):
        report = import_rows(
            context,
            {**V1, "full_name": "Một"},
            {**V1, "full_name": "Hai", "sex": "x"},
            {**V1, "full_name": "Ba", "listed_on": "2023-01-01"},
            {"full_name": "Bốn", "cell_code": "NONE"},
            {**V1, "full_name": "Năm"},
            skip_bad=True,
        )

        assert (report.read, report.accepted, report.rejected) == (5, 2, 3)
        assert {case.details.full_name for case in recorded_cases(context)} == {"Một", "Năm"}

    def test_hard_stops_are_the_only_stops(self, context):
        """A child, a long wait, a ceremony without a decision: odd, and recorded."""
        report = import_rows(
            context,
            {**V1, "date_of_birth": "2010-01-01", "full_name": "Một"},
            {**V1, "listed_on": "2005-01-01", "ceremony_on": "2022-01-01", "full_name": "Hai"},
            {**V1, "listed_on": "", "recognised_on": "2022-01-01", "full_name": "Ba"},
            {**V1, "listed_on": "", "full_name": "Bốn"},
        )

        assert report.accepted == 4

    def test_corrections_do_not_excuse_impossible_dates(self, context):
        import_rows(context, {**V1, "decision_on": "2022-05-01", "ceremony_on": "2022-05-19"})

        assert rejected(context, {**V1, "decision_on": "2022-05-20"}, may_correct=True) == [
            (2, "ceremony_on")
        ]

    def test_the_advice_is_in_the_reason(self, context):
        import_rows(context, V1)

        (reason,) = reasons(context, {**V1, "listed_on": "2021-03-02"})

        assert "01/03/2021" in reason
        assert "--correct" in reason


def test_optional_columns_may_be_missing(context):
    header = tuple(
        name
        for name in HEADER
        if name not in {"person_code", "removed_on", "introduced_on", "introduced_by"}
    )
    report = import_cases(context, cases_csv(WHOLE_WAY, header=header))

    assert report.accepted == 1
    assert StepKind.INTRODUCTION not in only_person(context).steps


def test_two_tenants_share_codes_and_names_but_no_people(context):
    import_rows(context, {**WHOLE_WAY, "person_code": "P1"})
    db.session.commit()
    other = create_tenant("PHUTHO", "Tỉnh Phú Thọ")
    plant(other)

    report = import_rows(other, {**WHOLE_WAY, "person_code": "P1"})

    assert (report.accepted, report.unchanged) == (1, 0)
    assert len(recorded_cases(other)) == 1


def test_people_follow_their_cell_when_a_unit_moves(context, tree):
    import_rows(context, WHOLE_WAY, {"cell_code": "V3", "full_name": "Lê Văn Cường"})
    db.session.commit()

    move_unit(context, tree["V1"].id, tree["X2"].id, date(2022, 6, 1))

    db.session.commit()
    assert {case.cell_id: case.path for case in recorded_cases(context)} == {
        tree["V1"].id: tree["V1"].path,
        tree["V3"].id: tree["V3"].path,
    }
    assert tree["V1"].path.startswith(tree["X2"].path)
    for table in (Person, Case, Step):
        outside = select(func.count()).where(
            table.tenant_id == context.tenant_id, ~table.path.startswith(tree["X2"].path)
        )
        assert db.session.scalar(outside) == 0
    assert verify(context).mismatches == ()


def test_a_large_file_is_imported_in_few_statements(context, count_statements):
    rows = [{**V1, "full_name": f"Nguyễn Văn {number}"} for number in range(1, 1201)]

    with count_statements() as few:
        import_rows(context, *rows[:30])
    with count_statements() as many:
        import_rows(context, *rows)

    assert many.count <= few.count + 10
