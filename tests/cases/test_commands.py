"""Recording people one by one, correcting them, and what changes of definitions do to steps."""

from datetime import date
from threading import Barrier, Thread

import pytest
from sqlalchemy import any_, func, select, text

from app.audit.models import AuditEntry
from app.cases.commands import (
    correct_person,
    correct_step,
    record_steps,
)
from app.cases.models import Person, Step
from app.cases.queries import PeopleFilter, TakenStep, last_decision, people, person
from app.cases.rules import StepDraft, StepKind
from app.core.database import db
from app.core.errors import AppError, NotFound, Refused
from app.measures.commands import (
    SegmentDraft,
    add_segment,
    change_segment,
    choose_counted_step,
    rename_measure,
)
from app.measures.queries import measure_by_code, segment_by_code, segments
from app.measures.rules import Attribute, Origin
from app.rollups.commands import verify
from app.tenants.context import tenant_transaction
from tests.factories.cases import admission, details, make_person

ADMISSION = admission("97-QĐ/HU", date(2022, 9, 5), ceremony_on=date(2022, 9, 20))


def books(context, measure):
    """Return the figure of a measure as the books have it, folded or not."""
    return db.session.scalar(
        text(
            "SELECT coalesce(sum(b.total), 0) FROM books b JOIN measure m"
            " ON m.tenant_id = b.tenant_id AND m.id = b.measure_id"
            " WHERE b.tenant_id = :tenant AND m.code = :code"
        ),
        {"tenant": context.tenant_id, "code": measure},
    )


def actions(context):
    return db.session.scalars(
        select(AuditEntry.action)
        .where(AuditEntry.tenant_id == context.tenant_id, AuditEntry.subject_kind == "person")
        .order_by(AuditEntry.id)
    ).all()


class TestAdding:
    def test_a_person_stands_in_the_cell_with_the_first_step(self, context, tree):
        number = make_person(context, tree["V1"], "Lê Thị Hoa", sex="female")

        case = person(context, number)
        assert case.details.full_name == "Lê Thị Hoa"
        assert case.path == tree["V1"].path
        assert set(case.steps) == {StepKind.LISTED}
        assert books(context, "source") == 1
        assert actions(context) == ["person.added"]

    def test_people_belong_to_cells_alone(self, context, tree):
        with pytest.raises(Refused):
            make_person(context, tree["X1"])

    def test_the_same_person_of_a_cell_is_refused(self, context, tree):
        make_person(context, tree["V1"])

        with pytest.raises(Refused) as refused:
            make_person(context, tree["V1"], "NGUYỄN VĂN AN")

        assert [problem.field for problem in refused.value.problems] == ["full_name"]
        make_person(context, tree["V2"])

    def test_steps_ahead_are_refused_at_their_field(self, context, tree):
        with pytest.raises(Refused) as refused:
            make_person(context, tree["V1"], steps={StepKind.LISTED: date(2022, 11, 1)})

        assert [problem.field for problem in refused.value.problems] == ["listed"]

    def test_who_is_not_born_yet_is_refused(self, context, tree):
        with pytest.raises(Refused):
            make_person(context, tree["V1"], date_of_birth=date(2022, 10, 31))


class TestAdmission:
    def test_decision_and_ceremony_count_at_once(self, context, tree):
        number = make_person(context, tree["V1"])

        record_steps(context, number, ADMISSION)

        case = person(context, number)
        assert case.steps[StepKind.DECISION].document_no == "97-QĐ/HU"
        assert case.steps[StepKind.CEREMONY].taken_on == date(2022, 9, 20)
        assert books(context, "admission") == 1
        assert actions(context) == ["person.added", "case.advanced"]

    def test_recording_the_same_admission_again_changes_nothing(self, context, tree):
        number = make_person(context, tree["V1"])
        record_steps(context, number, ADMISSION)

        record_steps(context, number, ADMISSION)

        assert books(context, "admission") == 1
        assert actions(context).count("case.advanced") == 1

    def test_another_date_for_a_recorded_step_is_refused(self, context, tree):
        number = make_person(context, tree["V1"])
        record_steps(context, number, ADMISSION)

        with pytest.raises(Refused) as refused:
            record_steps(context, number, {StepKind.DECISION: StepDraft(date(2022, 9, 6))})

        assert [problem.field for problem in refused.value.problems] == ["decision"]

    def test_a_ceremony_before_its_decision_is_refused(self, context, tree):
        number = make_person(context, tree["V1"])
        wrong = admission(
            decision_no="1", decided_on=date(2022, 9, 5), ceremony_on=date(2022, 9, 4)
        )

        with pytest.raises(Refused) as refused:
            record_steps(context, number, wrong)

        assert [problem.field for problem in refused.value.problems] == ["ceremony"]

    def test_the_ceremony_may_be_recorded_later(self, context, tree):
        number = make_person(context, tree["V1"])
        record_steps(context, number, admission(decision_no="1", decided_on=date(2022, 9, 5)))

        record_steps(context, number, {StepKind.CEREMONY: StepDraft(date(2022, 9, 20))})

        assert StepKind.CEREMONY in person(context, number).steps

    def test_two_clerks_at_once_record_one_admission(self, app, context, tree):
        number = make_person(context, tree["V1"])
        db.session.commit()

        outcomes = _at_once(app, 2, lambda context: record_steps(context, number, ADMISSION))

        assert outcomes == [None, None]
        assert books(context, "admission") == 1
        assert verify(context).mismatches == ()

    def test_two_clerks_at_once_add_one_person(self, app, tree):
        cell = tree["V1"]
        db.session.commit()

        outcomes = _at_once(app, 2, lambda context: make_person(context, cell))

        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", "Refused"]
        assert db.session.scalar(select(func.count()).select_from(Person)) == 1

    def test_the_last_decision_is_offered_again(self, context, tree):
        record_steps(context, make_person(context, tree["V1"]), ADMISSION)
        later = admission(decision_no="99-QĐ/HU", decided_on=date(2022, 10, 1))
        record_steps(context, make_person(context, tree["V3"]), later)

        assert last_decision(context, tree["X1"].path).number == "97-QĐ/HU"
        assert last_decision(context, tree["T"].path).number == "99-QĐ/HU"
        assert last_decision(context, tree["V2"].path) is None


def _at_once(app, how_many, act):
    """Run an act in so many transactions at once; what each raised."""
    barrier = Barrier(how_many)
    outcomes = []

    def run():
        with app.app_context():
            try:
                with tenant_transaction("VINHPHUC") as context:
                    barrier.wait()
                    act(context)
                outcomes.append(None)
            except AppError as error:
                outcomes.append(error)
            finally:
                db.session.remove()

    threads = [Thread(target=run) for _ in range(how_many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


class TestCorrecting:
    def test_a_corrected_date_moves_the_count_and_the_age(self, context, tree):
        number = make_person(context, tree["V1"], date_of_birth=date(1991, 9, 10))
        record_steps(context, number, ADMISSION)
        youth = segment_by_code(context, measure_by_code(context, "admission"), "age_18_30")
        assert youth.slot in person(context, number).steps[StepKind.DECISION].segments

        correct_step(context, number, StepKind.DECISION, StepDraft(date(2022, 9, 10), "97-QĐ/HU"))

        step = person(context, number).steps[StepKind.DECISION]
        assert step.taken_on == date(2022, 9, 10)
        assert youth.slot not in step.segments
        db.session.commit()
        assert verify(context).mismatches == ()

    def test_a_correction_keeps_the_lawful_order(self, context, tree):
        number = make_person(context, tree["V1"])
        record_steps(context, number, ADMISSION)

        with pytest.raises(Refused):
            correct_step(context, number, StepKind.DECISION, StepDraft(date(2022, 9, 21), "97"))

    def test_what_was_not_recorded_cannot_be_corrected(self, context, tree):
        number = make_person(context, tree["V1"])

        with pytest.raises(Refused):
            correct_step(context, number, StepKind.DECISION, StepDraft(date(2022, 9, 21)))

    def test_correcting_a_person_leaves_the_old_values_in_the_trail(self, context, tree):
        number = make_person(context, tree["V1"], ethnicity="Mường")

        correct_person(context, number, details(ethnicity="Kinh"))

        entry = db.session.scalars(
            select(AuditEntry).where(AuditEntry.action == "person.corrected")
        ).one()
        assert (entry.before, entry.after) == ({"ethnicity": "Mường"}, {"ethnicity": "Kinh"})
        assert entry.path == tree["V1"].path

    def test_a_correction_may_not_make_two_people_the_same(self, context, tree):
        make_person(context, tree["V1"])
        number = make_person(context, tree["V1"], "Nguyễn Văn Ân")

        with pytest.raises(Refused):
            correct_person(context, number, details("Nguyễn Văn An"))


class TestDefinitions:
    @pytest.fixture
    def admitted(self, context, tree):
        """Two admitted: one at 25 with a ceremony, one at 35 without."""
        young = make_person(context, tree["V1"], "Một", date_of_birth=date(1997, 1, 1))
        record_steps(context, young, ADMISSION)
        older = make_person(context, tree["V3"], "Hai", date_of_birth=date(1987, 1, 1))
        record_steps(context, older, admission(decision_no="1", decided_on=date(2022, 9, 5)))
        db.session.commit()
        return young, older

    def count(self, context, code):
        slot = segment_by_code(context, measure_by_code(context, "admission"), code).slot
        return db.session.scalar(
            select(func.count()).where(Step.kind == "decision", any_(Step.segments) == slot)
        )

    @pytest.mark.usefixtures("admitted")
    def test_counting_by_ceremony_draws_up_the_books_anew(self, context):
        assert books(context, "admission") == 2

        choose_counted_step(context, measure_by_code(context, "admission").id, "ceremony")

        assert books(context, "admission") == 1
        db.session.commit()
        assert verify(context).mismatches == ()
        choose_counted_step(context, measure_by_code(context, "admission").id, "decision")
        assert books(context, "admission") == 2

    def test_only_offered_steps_may_be_counted(self, context):
        with pytest.raises(Refused):
            choose_counted_step(context, measure_by_code(context, "source").id, "decision")

    @pytest.mark.usefixtures("admitted")
    def test_a_changed_definition_tells_recorded_steps_again(self, context):
        youth = segment_by_code(context, measure_by_code(context, "admission"), "age_18_30")
        assert self.count(context, "age_18_30") == 1

        change_segment(
            context,
            youth.id,
            SegmentDraft(
                code="age_18_30",
                name_vi="Tuổi 18–35",
                name_en="Aged 18–35",
                origin=Origin.ATTRIBUTE,
                attribute=Attribute.AGE,
                age_from=18,
                age_to=35,
            ),
        )

        assert self.count(context, "age_18_30") == 2
        db.session.commit()
        assert verify(context).mismatches == ()

    @pytest.mark.usefixtures("admitted")
    def test_a_new_segment_takes_the_next_slot_and_holds_those_recorded(self, context):
        last = max(row.slot for row in segments(context))

        add_segment(
            context,
            SegmentDraft(
                code="over_30",
                name_vi="Trên 30 tuổi",
                name_en="Over 30",
                origin=Origin.ATTRIBUTE,
                attribute=Attribute.AGE,
                age_from=31,
            ),
        )

        assert max(row.slot for row in segments(context)) == last + 1
        assert self.count(context, "over_30") == 1

    def test_codes_of_segments_are_unique_among_people_and_among_introducers(self, context):
        draft = SegmentDraft(code="women", name_vi="Phụ nữ", name_en="Women", origin=Origin.STATED)
        add_segment(context, draft)

        for origin in (Origin.STATED, Origin.INTRODUCER):
            with pytest.raises(Refused):
                add_segment(
                    context,
                    SegmentDraft(code="women", name_vi="A", name_en="A", origin=origin),
                )

    def test_one_code_means_people_or_introducers_by_the_measure(self, context):
        of_people = segment_by_code(context, measure_by_code(context, "admission"), "youth_union")
        of_introductions = segment_by_code(
            context, measure_by_code(context, "introduction"), "youth_union"
        )

        assert of_people.slot != of_introductions.slot
        with pytest.raises(NotFound):
            segment_by_code(context, measure_by_code(context, "admission"), "trade_union")

    def test_a_measure_may_be_called_otherwise(self, context):
        measure = measure_by_code(context, "admission")

        rename_measure(context, measure.id, name_vi=" Kết nạp  Đảng ", name_en="Admitted")

        assert measure_by_code(context, "admission").name == "Kết nạp Đảng"
        with pytest.raises(Refused):
            rename_measure(context, measure.id, name_vi=" ", name_en="")


class TestList:
    @pytest.fixture(autouse=True)
    def _listed(self, context, tree):
        """Five people, in no order."""
        for code, name, born in [
            ("V1", "Nguyễn Văn Đức", 1990),
            ("V1", "Trần Thị Ánh", 1991),
            ("V2", "Lê Văn Dũng", 1992),
            ("V2", "Bùi Hữu Ân", 1993),
            ("V3", "Phạm An", 1994),
        ]:
            number = make_person(context, tree[code], name, date_of_birth=date(born, 1, 1))
            if name == "Lê Văn Dũng":
                record_steps(context, number, ADMISSION)

    def names(self, context, unit, **wanted):
        return [p.full_name for p in people(context, unit, PeopleFilter(**wanted)).people]

    def test_people_are_in_the_order_of_given_names(self, context, tree):
        assert self.names(context, tree["T"]) == [
            "Phạm An",
            "Trần Thị Ánh",
            "Bùi Hữu Ân",
            "Lê Văn Dũng",
            "Nguyễn Văn Đức",
        ]

    def test_a_unit_lists_its_own_alone(self, context, tree):
        assert self.names(context, tree["X2"]) == ["Phạm An"]
        assert len(self.names(context, tree["X1"])) == 4

    @pytest.mark.parametrize(
        ("words", "found"),
        [
            ("dung", ["Lê Văn Dũng"]),
            ("DŨNG", ["Lê Văn Dũng"]),
            ("le d", ["Lê Văn Dũng"]),
            ("duc", ["Nguyễn Văn Đức"]),
            ("đ", ["Lê Văn Dũng", "Nguyễn Văn Đức"]),
            ("van", ["Lê Văn Dũng", "Nguyễn Văn Đức"]),
            ("ung", []),
            ("%", []),
            ("_an", ["Phạm An", "Trần Thị Ánh", "Bùi Hữu Ân"]),
            ("漢", []),
        ],
    )
    def test_names_are_found_by_the_beginnings_of_words(self, tree, words, found):
        assert self.names(tree.context, tree["T"], words=words) == found

    def test_filters_narrow_the_list(self, context, tree):
        top = tree["T"]
        assert self.names(context, top, born_in=1993) == ["Bùi Hữu Ân"]
        assert len(self.names(context, top, cell_id=tree["V1"].id)) == 2
        assert self.names(context, top, standing=StepKind.CEREMONY) == ["Lê Văn Dũng"]
        assert len(self.names(context, top, standing=StepKind.LISTED)) == 4
        assert len(self.names(context, top, is_not_admitted=True)) == 4

    def test_a_figure_leads_to_whom_it_counts(self, context, tree):
        in_september = TakenStep(StepKind.DECISION, date(2022, 9, 1), date(2022, 9, 30))
        in_october = TakenStep(StepKind.DECISION, date(2022, 10, 1), date(2022, 10, 31))

        assert self.names(context, tree["T"], taken=in_september) == ["Lê Văn Dũng"]
        assert self.names(context, tree["T"], taken=in_october) == []

    def test_a_page_past_the_end_is_the_last_one(self, context, tree):
        page = people(context, tree["T"], PeopleFilter(), 99)

        assert (page.page, page.pages, page.total, len(page.people)) == (1, 1, 5, 5)

    def test_a_list_takes_few_statements(self, context, tree, count_statements):
        unit = tree["T"]
        with count_statements() as sent:
            people(context, unit, PeopleFilter(words="a", standing=StepKind.LISTED))

        assert sent.count <= 4
