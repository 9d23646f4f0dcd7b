"""No key page asks the database more than a few times, however much there is to show."""

from contextlib import contextmanager

from sqlalchemy import event

from app.core.database import db
from tests.gates.samples import routes
from tests.gates.sweeping import OK, Sweep

MOST_STATEMENTS = 8
"""Everything that a request sends, its contexts included; the transaction's ends are not."""

PAGES = {
    "attainment of the province": ("P0", "committee", "monitoring.attainment"),
    "attainment of a district": ("H1", "committee", "monitoring.attainment"),
    "attainment of a commune": ("X1", "committee", "monitoring.attainment"),
    "attainment of a cell": ("C1", "cell_secretary", "monitoring.attainment"),
    "breakdown": ("P0", "committee", "monitoring.breakdown"),
    "ranking": ("P0", "committee", "monitoring.ranking_page"),
    "forecast": ("P0", "committee", "monitoring.forecast_page"),
    "small charts": ("P0", "committee", "monitoring.multiples_page"),
    "watch list": ("P0", "committee", "monitoring.watch_page"),
    "map of quotas": ("P0", "committee", "monitoring.treemap_page"),
    "breakdown without row rights": ("P0", "reader", "monitoring.breakdown"),
    "board of the province": ("P0", "committee", "quotas.board"),
    "board of a commune": ("X1", "committee", "quotas.board"),
    "boxes of a child": ("P0", "committee", "quotas.child"),
    "check before publishing": ("P0", "committee", "quotas.check"),
    "version": ("P0", "committee", "quotas.version"),
    "own quota": ("P0", "committee", "quotas.own"),
    "dividing a board": ("P0", "committee", "allocation.allocation"),
    "drafting below": ("P0", "committee", "below.below"),
    "scenarios": ("P0", "committee", "scenarios.comparison"),
    "round": ("P0", "committee", "rounds.overview"),
    "answer to a round": ("H1", "committee", "rounds.answer"),
    "commitment": ("H1", "committee", "rounds.commitment"),
    "transfers": ("H1", "committee", "rounds.transfers"),
    "transfer": ("H1", "committee", "rounds.transfer"),
    "term": ("H1", "committee", "rounds.term"),
    "late list": ("P0", "committee", "reminders.late"),
    "ahead list": ("H1", "committee", "reminders.ahead"),
    "sent letters": ("P0", "committee", "reminders.sent"),
    "inbox": ("H1", "reader", "reminders.inbox"),
    "letter": ("X1", "clerk", "reminders.letter"),
    "shelf": ("X1", "clerk", "exports.shelf"),
    "work of a tenant": ("P0", "tenant_administrator", "admin_tenant-jobs.index"),
    "jobs": ("", "operator", "admin_jobs.index"),
    "nation": ("", "operator", "admin_national.index"),
    "tasks": ("H1", "committee", "rounds.tasks"),
    "annex of the province": ("P0", "committee", "annexes.page"),
    "annex of a draft": ("P0", "committee", "annexes.page_of_draft"),
    "people": ("X1", "clerk", "cases.people"),
    "person": ("X1", "clerk", "cases.person"),
    "new person": ("X1", "clerk", "cases.new_person"),
    "admission": ("X1", "clerk", "cases.record_admission"),
    "person's summary": ("X1", "clerk", "cases.summary"),
    "person's history": ("X1", "clerk", "cases.person_history"),
    "step": ("X1", "clerk", "cases.step"),
    "recorded": ("X1", "clerk", "cases.recorded"),
    "correcting a person": ("X1", "clerk", "cases.correct"),
    "moving a person": ("X1", "clerk", "cases.move"),
    "moving to another tenant": ("X1", "clerk", "cases.handover"),
    "moves between tenants": ("X1", "clerk", "cases.handovers"),
    "group": ("X1", "clerk", "cases.together"),
    "board of cases": ("P0", "committee", "cases.pipeline_board"),
    "to do in a commune": ("X1", "clerk", "todo.of_unit"),
    "to do in a cell": ("C1", "cell_secretary", "todo.of_unit"),
    "nothing new": ("X1", "clerk", "todo.nothing_new"),
    "who holds the cases": ("P0", "committee", "todo.holders"),
    "held cases": ("P0", "committee", "todo.held"),
    "private": ("X1", "clerk", "privacy.private"),
    "readers of a person": ("X1", "clerk", "cases.person_readers"),
    "acts for two people": ("X1", "committee", "countersigning.index"),
    "act for two people": ("X1", "committee", "countersigning.act"),
    "files": ("X1", "clerk", "intake.files"),
    "file": ("X1", "clerk", "intake.file"),
    "tree": ("H1", "committee", "units.tree"),
    "unit": ("X1", "committee", "units.unit"),
}


@contextmanager
def statements():
    """Keep what is sent to the database meanwhile."""
    sent = []

    def note(_connection, _cursor, statement, *_):
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield sent
    event.remove(db.engine, "before_cursor_execute", note)


def test_a_key_page_asks_a_few_times(app, scenery, read_as):
    for page, (place, role, endpoint) in PAGES.items():
        reader, sweep = read_as(place, role), Sweep(app, scenery)
        asked = [r for r in routes(app) if (r.endpoint, r.method) == (endpoint, "GET")]
        assert asked, f"{endpoint} is gone"

        for route in asked:
            with statements() as sent:
                assert sweep.carry_out(reader, route) == OK
            many = f"{page} sends {len(sent)} statements:\n\n" + "\n\n".join(sent)
            assert len(sent) <= MOST_STATEMENTS, many


def test_the_count_sees_every_statement(app_context):
    with statements() as sent:
        db.session.connection().exec_driver_sql("SELECT 1")
        db.session.rollback()

    assert sent == ["SELECT 1"]
