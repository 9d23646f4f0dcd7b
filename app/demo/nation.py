"""A synthetic nation at real size, for measuring: many provinces, each a tenant of its own.

Everything is made by set-based statements from row numbers, so it is the same each time. Names
mean nothing; the shape of the tree, the spread over ten years and the overlap of segments are
what is measured.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text

from app.core.database import db
from app.core.errors import Refused
from app.core.messages import message
from app.tenants.commands import create_tenant
from app.tenants.context import Context

PROVINCES = 63
DISTRICTS_OF_A_PROVINCE = 11
COMMUNES_OF_A_DISTRICT = 15
CELLS_OF_A_COMMUNE = 22
FIRST_YEAR = 2013
YEARS = 10
LAST_DAY = date(2022, 10, 31)
STATED_SEGMENTS_OF_A_PERSON = 5
DAYS_TO_CEREMONY = 20


@dataclass(frozen=True)
class ProvinceMade:
    """One province of the nation, as a line of progress."""

    code: str
    units: int
    admissions: int


def make_nation(*, provinces: int, admissions: int) -> Iterator[ProvinceMade]:
    """Make the provinces one by one, each in a transaction of its own, and tell of each.

    Provinces that exist already are left as they are, so a run that was stopped can go on.
    """
    if not 1 <= provinces <= PROVINCES:
        raise Refused(message("Số tỉnh phải từ 1 đến %(most)s.", most=PROVINCES))
    for number in range(1, provinces + 1):
        code = f"QG{number:02}"
        share = admissions * number // provinces - admissions * (number - 1) // provinces
        made = make_province(code, f"Tỉnh mô phỏng {number}", share, years=YEARS)
        if made is not None:
            yield made


def make_province(code: str, name: str, admissions: int, *, years: int) -> ProvinceMade | None:
    """Make one province with the admissions of its last years; None where it exists already."""
    with db.session.begin():
        exists = db.session.execute(
            text("SELECT 1 FROM tenant WHERE code = :code"), {"code": code}
        ).scalar()
    if exists:
        return None
    with db.session.begin():
        context = create_tenant(code, name, clock_on=LAST_DAY)
        units = _make_tree(context)
        _make_quotas(context)
        _make_admissions(context, admissions, date(FIRST_YEAR + YEARS - years, 1, 1))
        db.session.execute(text("SELECT rebuild_rollups()"))
    return ProvinceMade(code, units, admissions)


def _make_tree(context: Context) -> int:
    """Make the units with a path each, level by level; return how many there are."""
    for level, parent_level, fan_out in (
        ("province", None, 1),
        ("district", "province", DISTRICTS_OF_A_PROVINCE),
        ("commune", "district", COMMUNES_OF_A_DISTRICT),
        ("cell", "commune", CELLS_OF_A_COMMUNE),
    ):
        db.session.execute(
            text(_UNITS_OF_A_LEVEL),
            {
                "tenant": context.tenant_id,
                "level": level,
                "parent_level": parent_level,
                "fan_out": fan_out,
            },
        )
        db.session.execute(text(_TODAYS_PATHS), {"tenant": context.tenant_id})
    db.session.execute(text(_DESIGNATIONS), {"tenant": context.tenant_id})
    db.session.execute(
        text(
            "INSERT INTO tree_state (tenant_id, computed_on) VALUES (:tenant, :today)"
            " ON CONFLICT (tenant_id) DO UPDATE SET computed_on = excluded.computed_on"
        ),
        {"tenant": context.tenant_id, "today": context.today},
    )
    return int(
        db.session.execute(
            text("SELECT count(*) FROM unit WHERE tenant_id = :tenant"),
            {"tenant": context.tenant_id},
        ).scalar_one()
    )


def _make_quotas(context: Context) -> None:
    """Publish what every unit gives its children in the last two years."""
    for year in (FIRST_YEAR + YEARS - 2, FIRST_YEAR + YEARS - 1):
        values = {
            "tenant": context.tenant_id,
            "period": f"[{year}-01-01,{year + 1}-01-01)",
            "decided_on": date(year - 1, 12, 20),
        }
        for statement in (_DISTRIBUTIONS, _QUOTA_LINES, _BALANCES, _PUBLISHED):
            db.session.execute(text(statement), values)


def _make_admissions(context: Context, admissions: int, first_day: date) -> None:
    """Make as many people, each with a case listed, decided since a day and celebrated."""
    slots = list(
        db.session.scalars(
            text("SELECT slot FROM segment WHERE tenant_id = :tenant ORDER BY slot"),
            {"tenant": context.tenant_id},
        )
    )
    values = {
        "tenant": context.tenant_id,
        "admissions": admissions,
        "slots": slots,
        "chosen": STATED_SEGMENTS_OF_A_PERSON,
        "first_day": first_day,
        "days": (LAST_DAY - first_day).days - DAYS_TO_CEREMONY,
        "to_ceremony": DAYS_TO_CEREMONY,
    }
    for statement in (_PEOPLE, _CASES, _STEPS):
        db.session.execute(text(statement), values)
        # The next one joins what this one has made, and would be planned for empty tables.
        db.session.execute(text("SELECT analyse_people()"))


_UNITS_OF_A_LEVEL = """
WITH parents AS (
    SELECT u.id, u.code, u.path FROM unit u
    JOIN level l ON l.tenant_id = u.tenant_id AND l.id = u.level_id
    WHERE u.tenant_id = :tenant AND l.code = :parent_level
    UNION ALL
    SELECT NULL, 'U', '' WHERE CAST(:parent_level AS text) IS NULL
),
made AS (
    INSERT INTO unit (tenant_id, code, name, sort_key, search_key, level_id, kind_id)
    SELECT :tenant, p.code || '.' || lpad(n::text, 2, '0'), l.name_vi || ' ' || n,
           lower(l.code) || lpad(n::text, 4, '0'), lower(l.code) || ' ' || n, l.id, k.id
    FROM parents p
    CROSS JOIN generate_series(1, CAST(:fan_out AS integer)) n
    JOIN level l ON l.tenant_id = :tenant AND l.code = :level
    JOIN kind k ON k.tenant_id = :tenant AND k.default_for_level_id = l.id
    RETURNING id, code
),
placed AS (
    INSERT INTO placement (tenant_id, unit_id, parent_id, valid)
    SELECT :tenant, m.id, p.id, '(,)'
    FROM made m JOIN parents p ON p.code = regexp_replace(m.code, '[.][0-9]+$', '')
    RETURNING unit_id, parent_id
)
INSERT INTO position (tenant_id, unit_id, valid, path)
SELECT :tenant, d.unit_id, '(,)', coalesce(p.path, '') || d.unit_id || '.'
FROM placed d LEFT JOIN parents p ON p.id = d.parent_id
RETURNING id
"""

_TODAYS_PATHS = """
UPDATE unit u SET path = p.path FROM position p
WHERE u.tenant_id = :tenant AND p.tenant_id = u.tenant_id AND p.unit_id = u.id AND u.path IS NULL
"""

_DESIGNATIONS = """
INSERT INTO designation (tenant_id, unit_id, valid, name, level_id, kind_id)
SELECT u.tenant_id, u.id, '(,)', u.name, u.level_id, u.kind_id FROM unit u
WHERE u.tenant_id = :tenant
RETURNING id
"""

_DISTRIBUTIONS = """
INSERT INTO distribution
    (tenant_id, source, issuer_id, measure_id, period, version, decision_no, decided_on)
SELECT p.tenant_id, 'assigned', p.parent_id, m.id, CAST(:period AS daterange), 1, '1-QĐ',
       :decided_on
FROM placement p
JOIN measure m ON m.tenant_id = p.tenant_id AND m.code = 'admission'
WHERE p.tenant_id = :tenant
GROUP BY p.tenant_id, p.parent_id, m.id
RETURNING id
"""

_QUOTA_LINES = """
INSERT INTO quota_line (tenant_id, distribution_id, unit_id, kind, count)
SELECT d.tenant_id, d.id, p.unit_id, 'count', c.cells
FROM distribution d
JOIN placement p
    ON p.tenant_id = d.tenant_id AND p.parent_id IS NOT DISTINCT FROM d.issuer_id
JOIN unit u ON u.tenant_id = p.tenant_id AND u.id = p.unit_id
CROSS JOIN LATERAL (
    SELECT count(*) AS cells FROM unit below
    JOIN kind k ON k.tenant_id = below.tenant_id AND k.id = below.kind_id AND k.is_cell
    WHERE below.tenant_id = u.tenant_id AND below.path >= u.path AND below.path < u.path || '~'
) c
WHERE d.tenant_id = :tenant AND d.period = CAST(:period AS daterange)
RETURNING id
"""

_BALANCES = """
UPDATE distribution d SET assigned = sums.total
FROM (SELECT l.distribution_id, sum(l.count) AS total FROM quota_line l
      WHERE l.tenant_id = :tenant GROUP BY l.distribution_id) sums
WHERE d.tenant_id = :tenant AND d.id = sums.distribution_id AND d.issuer_id IS NOT NULL
  AND d.period = CAST(:period AS daterange)
"""

_PUBLISHED = """
UPDATE distribution SET state = 'published', published_at = now()
WHERE tenant_id = :tenant AND state = 'draft' AND period = CAST(:period AS daterange)
"""

_PEOPLE = """
WITH cells AS (
    SELECT row_number() OVER (ORDER BY u.id) - 1 AS place, u.id, u.path
    FROM unit u JOIN kind k ON k.tenant_id = u.tenant_id AND k.id = u.kind_id AND k.is_cell
    WHERE u.tenant_id = :tenant
)
INSERT INTO person (tenant_id, person_code, cell_id, path, full_name, sort_key, search_key,
                    date_of_birth, sex, stated_segments)
SELECT :tenant, 'Q' || n, c.id, c.path, 'Người ' || n, 'nguoi' || lpad(n::text, 8, '0'),
       'nguoi ' || n, date '1970-01-01' + (n * 7919 % 10000)::integer,
       CASE WHEN n % 2 = 0 THEN 'female' ELSE 'male' END,
       ARRAY(SELECT DISTINCT (CAST(:slots AS smallint[]))[1 + (n * 31 + s * 17 + n / 100 * s)
                    % cardinality(CAST(:slots AS smallint[]))]
             FROM generate_series(1, CAST(:chosen AS integer)) s ORDER BY 1)
FROM generate_series(1, CAST(:admissions AS bigint)) n
JOIN cells c ON c.place = n * 7907 % (SELECT count(*) FROM cells)
RETURNING id
"""

_CASES = """
INSERT INTO case_file (tenant_id, person_id, path, stage, stage_on, clock, clock_from)
SELECT c.tenant_id, c.id, c.path, 'ceremony', c.ceremony_on, 'recognition_resolution', c.ceremony_on
FROM (SELECT p.tenant_id, p.id, p.path,
             CAST(:first_day AS date) + CAST(:to_ceremony AS integer)
                 + (substr(p.person_code, 2)::bigint * 104729 % CAST(:days AS integer))::integer
                 AS ceremony_on
      FROM person p WHERE p.tenant_id = :tenant) c
RETURNING id
"""

_STEPS = """
INSERT INTO step (tenant_id, case_id, cell_id, path, kind, taken_on, document_no, segments)
SELECT c.tenant_id, c.id, p.cell_id, c.path, k.kind,
       CAST(:first_day AS date)
           + (substr(p.person_code, 2)::bigint * 104729 % CAST(:days AS integer))::integer
           + k.after,
       k.document_no, p.stated_segments
FROM case_file c
JOIN person p ON p.tenant_id = c.tenant_id AND p.id = c.person_id
CROSS JOIN (
    VALUES ('listed', -400, NULL), ('decision', 0, '1-QĐ'), ('ceremony', :to_ceremony, NULL)
) AS k (kind, after, document_no)
WHERE c.tenant_id = :tenant
RETURNING id
"""
