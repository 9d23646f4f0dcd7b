"""What waits for a unit, its round with the state of every child, and its transfers."""

from app.exports.tables import ORDINAL, UNIT, Asked, Table, exported, number, numbered
from app.quotas.asked import asked_of
from app.reports.definition import Column
from app.rounds.pages import state_row, task, transfer_state
from app.rounds.queries import ChildState, round_with_states
from app.rounds.transfers import transfers_of
from app.rounds.waiting import waiting_for
from app.units.below import children
from app.web.formats import day


@exported("tasks")
def tasks(asked: Asked) -> Table:
    """Return what waits for a unit, the most pressing first."""
    context = asked.context
    found = [task(asked.unit.id, one, context.today) for one in waiting_for(context, asked.unit.id)]
    return Table(
        title="Việc chỉ tiêu đang chờ",
        subtitles=(f"Đến ngày {day(context.today)}",),
        columns=(
            ORDINAL,
            Column("Việc", width=48),
            Column("Chỉ tiêu", width=28),
            Column("Hạn", width=12),
        ),
        rows=numbered((one.title, one.about, one.due) for one in found),
    )


@exported("round")
def round_(asked: Asked) -> Table:
    """Return a round with how far every child has come."""
    context = asked.context
    board = asked_of(context, asked.unit.id)
    below = (
        ()
        if asked.unit.is_cell
        else children(context, asked.unit.id, board.period.start, board.period.last_day)
    )
    found, states = round_with_states(context, board.key, below)
    rows = [state_row(state, board.address) for state in states]
    subtitles = [f"{board.measure.name} {board.period}"]
    if found is not None:
        dues = found.dues
        subtitles.append(
            f"Khảo sát đến {day(dues.survey_on)}, đăng ký đến {day(dues.registration_on)},"
            f" ký cam kết đến {day(dues.commitment_on)}"
        )
    return Table(
        title="Đợt giao chỉ tiêu",
        subtitles=tuple(subtitles),
        columns=(
            ORDINAL,
            UNIT,
            number("Nguồn khảo sát"),
            Column("Đăng ký", width=14),
            Column("Được giao", width=14),
            Column("Cam kết", width=22),
            Column("Đôn đốc", width=12),
        ),
        rows=numbered(
            (
                row.state.unit.name,
                row.state.sources,
                row.registered,
                row.assigned,
                _commitment(row.state),
                row.state.reminded_on,
            )
            for row in rows
        ),
    )


@exported("transfers")
def transfers(asked: Asked) -> Table:
    """Return the transfers of quotas that concern a unit."""
    board = asked_of(asked.context, asked.unit.id)
    found = transfers_of(asked.context, asked.unit.id, board.measure.id, board.period)
    return Table(
        title="Điều chuyển chỉ tiêu",
        subtitles=(f"{board.measure.name} {board.period}",),
        columns=(
            ORDINAL,
            Column("Bên giao", width=26),
            Column("Bên nhận", width=26),
            number("Số chuyển"),
            Column("Văn bản", width=14),
            Column("Ngày", width=12),
            Column("Tình trạng", width=20),
            Column("Lý do", width=26),
        ),
        rows=numbered(
            (
                row.giver,
                row.taker,
                row.count,
                row.document_no,
                row.proposed_on,
                transfer_state(row.state),
                row.reason,
            )
            for row in found
        ),
    )


def _commitment(state: ChildState) -> str | None:
    if state.committed is None:
        return "chưa ký" if state.assigned else None
    signed = f"ký {day(state.committed.signed_on)} cho {state.committed.count}"
    return signed if state.is_committed else f"{signed}, cần ký lại"
