"""Quotas for tests, given the way files give them."""

from app.core.periods import parse_period
from app.measures.queries import measure_by_code, segments_of
from app.quotas.boards import Frame, board
from app.quotas.file_import import import_quotas
from app.quotas.rules import BoardKey
from app.units.below import children

HEADER = "issuer_code,unit_code,measure,segment,period,kind,quota,decision_no,decided_on,reason"


THIS_YEAR = {
    "measure": "admission",
    "segment": "",
    "period": "2022",
    "kind": "count",
    "decision_no": "12-QĐ/TU",
    "decided_on": "2021-12-20",
    "reason": "",
}


def quota_csv(*rows):
    """Return a file of quotas."""
    return "\n".join((HEADER, *rows)).encode()


def quota_row(issuer, unit, quota, **cells):
    """Return a row of a file, by default of this year's admissions."""
    row = THIS_YEAR | cells | {"issuer_code": issuer, "unit_code": unit, "quota": quota}
    return ",".join(str(row[name]) for name in HEADER.split(","))


def give_quotas(context, issuer, quotas, **values):
    """Publish what an issuer (none: from above the tenant) gives to units, all by their codes."""
    rows = [quota_row(issuer or "", unit, quota, **values) for unit, quota in quotas.items()]
    return import_quotas(context, quota_csv(*rows))


def board_key(context, unit, period="2022", measure="admission"):
    """Return the key of a unit's board."""
    return BoardKey(unit.id, measure_by_code(context, measure).id, parse_period(period))


def board_of(context, unit, period="2022", measure="admission"):
    """Return a unit's board as whoever fills it in sees it."""
    measured, when = measure_by_code(context, measure), parse_period(period)
    below = children(context, unit.id, when.start, when.last_day)
    frame = Frame(unit, measured, when, below, segments_of(context, measured))
    return board(context, frame, choose=lambda found: found.current)
