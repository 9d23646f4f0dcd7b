"""The generated rows are counted here by hand, without the program's own counting."""

import csv
import hashlib
import io
import os
import subprocess
import sys
import unicodedata
from collections import Counter, defaultdict
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from app.core.periods import parse_period
from app.demo.accounts import demonstration_accounts, second_tenant_accounts
from app.demo.province import build_province, build_second_province
from app.demo.working_days import is_public_holiday, working_days
from app.measures.defaults import MEASURES, SEGMENTS
from app.units.defaults import KINDS, LEVELS

PUBLISHED = Path(__file__).parents[1] / "data" / "published_figures.csv"

LEADERS = {"C09148", "C09106", "C09103", "C09139", "C09154"}

STEPS = (
    "listed_on",
    "certificate_on",
    "introduced_on",
    "cell_resolution_on",
    "decision_on",
    "ceremony_on",
    "recognised_on",
    "removed_on",
)


@pytest.fixture(scope="module")
def vinh_phuc():
    return build_province()


@pytest.fixture(scope="module")
def hoa_binh():
    return build_second_province()


@pytest.fixture(scope="module", params=["vinh_phuc", "hoa_binh"])
def province(request):
    return request.getfixturevalue(request.param)


def ancestors(province):
    """Map each unit to itself and all above it."""
    lines = {"": ()}
    for unit in province.units:
        lines[unit.code] = (*lines[unit.parent_code], unit.code)
    return lines


def admitted(province, first, last, step="decision_on"):
    """Count admissions of every unit between two days."""
    above = ancestors(province)
    counts = Counter()
    for case in province.cases:
        day = getattr(case, step)
        if day is not None and first <= day <= last:
            counts.update(above[case.cell_code])
    return counts


def assigned(province, period):
    """Map each unit to the number of admissions it was given from above for a period."""
    return {
        row.unit_code: int(row.quota)
        for row in province.quotas
        if row.issuer_code != row.unit_code
        and (row.measure, row.segment, row.period) == ("admission", "", period)
    }


def percent(count, quota):
    return (Decimal(100) * count / quota).quantize(Decimal("0.01"), ROUND_HALF_UP)


def age(born_on, day):
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def published_rows():
    with PUBLISHED.open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


class TestPublishedFigures:
    @pytest.mark.parametrize(
        ("figure", "unit", "exact"),
        [
            ("VP-2022-Q3", "P26", "77.25"),
            ("VP-VinhYen-2022-09", "D243", "68.87"),
            ("VP-TamDao-2022-09", "D248", "106.00"),
            ("VP-SongLo-2022-08", "D253", "101.76"),
            ("VP-QS-term", "S-QS", "100.00"),
            ("VP-QS-2021-22", "S-QS", "100.00"),
        ],
    )
    def test_quota_count_and_percentage_are_the_printed_ones(self, vinh_phuc, figure, unit, exact):
        printed = published_rows()[figure]
        as_of = date.fromisoformat(printed["as_of"])
        first = parse_period(printed["period"]).start

        quota = assigned(vinh_phuc, printed["period"])[unit]
        count = admitted(vinh_phuc, first, as_of)[unit]

        assert quota == int(printed["quota"])
        assert count == int(printed["admitted"])
        assert percent(count, quota) == Decimal(exact)

    def test_the_province_is_22_percent_above_the_same_day_of_2021(self, vinh_phuc):
        now = admitted(vinh_phuc, date(2022, 1, 1), date(2022, 9, 30))["P26"]
        before = admitted(vinh_phuc, date(2021, 1, 1), date(2021, 9, 30))["P26"]

        assert (now, before) == (1545, 1266)
        assert round(percent(now, before)) == 122

    def test_vinh_tuong_stands_at_82_percent_by_the_clock(self, vinh_phuc):
        quota = assigned(vinh_phuc, "2022")["D252"]
        count = admitted(vinh_phuc, date(2022, 1, 1), date(2022, 10, 31))["D252"]

        assert (count, quota) == (197, 240)
        assert percent(count, quota) == Decimal("82.08")

    def test_five_communes_of_vinh_tuong_lead_and_every_other_passed_70_percent(self, vinh_phuc):
        communes = [
            unit.code
            for unit in vinh_phuc.units
            if unit.parent_code == "D252" and unit.level == "commune"
        ]
        quotas = assigned(vinh_phuc, "2022")

        in_september = admitted(vinh_phuc, date(2022, 1, 1), date(2022, 9, 30))
        in_october = admitted(vinh_phuc, date(2022, 1, 1), date(2022, 10, 31))

        assert len(communes) == 28
        assert {code for code in communes if in_september[code] >= quotas[code]} == LEADERS
        assert all(in_october[code] * 100 > quotas[code] * 70 for code in set(communes) - LEADERS)

    def test_counted_by_ceremony_the_picture_stays_the_same(self, vinh_phuc):
        by_ceremony = admitted(vinh_phuc, date(2022, 1, 1), date(2022, 9, 30), "ceremony_on")

        assert 1500 <= by_ceremony["P26"] <= 1600
        assert by_ceremony["D248"] >= 150


class TestPlausibility:
    def test_the_years_have_the_size_of_the_province(self, vinh_phuc):
        in_2022 = admitted(vinh_phuc, date(2022, 1, 1), vinh_phuc.clock)["P26"]
        in_2021 = admitted(vinh_phuc, date(2021, 1, 1), date(2021, 12, 31))["P26"]

        assert 1700 <= in_2022 <= 1740
        assert 1900 <= in_2021 <= 1999
        assert len(vinh_phuc.cases) <= 7500

    def test_districts_run_ahead_of_the_pace_and_behind_it(self, vinh_phuc):
        counts = admitted(vinh_phuc, date(2022, 1, 1), vinh_phuc.clock)
        quotas = assigned(vinh_phuc, "2022")

        percents = {
            unit.code: percent(counts[unit.code], quotas[unit.code])
            for unit in vinh_phuc.units
            if unit.level == "district"
        }

        pace = Decimal(100) * 304 / 365
        assert sum(value < pace for value in percents.values()) >= 3
        assert sum(value > pace for value in percents.values()) >= 3

    def test_some_communes_have_hardly_begun(self, vinh_phuc):
        counts = admitted(vinh_phuc, date(2022, 1, 1), vinh_phuc.clock)
        quotas = assigned(vinh_phuc, "2022")

        percents = [
            percent(counts[unit.code], quotas[unit.code])
            for unit in vinh_phuc.units
            if unit.level == "commune"
        ]

        assert percents.count(Decimal("0.00")) == 3
        assert sum(0 < value < 10 for value in percents) == 2

    def test_some_cells_have_admitted_no_one_for_years(self, vinh_phuc):
        cells = {unit.code for unit in vinh_phuc.units if unit.level == "cell"}

        idle = cells - {case.cell_code for case in vinh_phuc.cases if case.decision_on}

        assert 50 <= len(idle) <= len(cells) // 5

    def test_admissions_crowd_before_anniversaries_and_at_year_end(self, vinh_phuc):
        months = Counter(
            case.decision_on.month
            for case in vinh_phuc.cases
            if case.decision_on and case.decision_on.year == 2021
        )

        busy = min(months[month] for month in (1, 5, 8, 10, 12))
        quiet = max(months[month] for month in (2, 3, 4, 6, 7, 9))
        assert busy > quiet

    def test_people_wait_at_every_step(self, vinh_phuc):
        reached = Counter(
            next(step for step in reversed(STEPS[:5]) if getattr(case, step))
            for case in vinh_phuc.cases
        )

        assert all(reached[step] >= 150 for step in STEPS[:4])

    def test_minorities_live_where_they_live(self, vinh_phuc):
        above = ancestors(vinh_phuc)
        san_diu = Counter(
            above[case.cell_code][1] for case in vinh_phuc.cases if case.ethnicity == "Sán Dìu"
        )

        assert san_diu.most_common(1)[0][0] == "D248"
        assert san_diu["D252"] == 0


class TestUnits:
    def test_parents_come_first_and_codes_are_unique(self, province):
        known = {""}
        for unit in province.units:
            assert unit.parent_code in known
            assert unit.code not in known
            known.add(unit.code)

    def test_levels_and_kinds_are_those_of_the_program(self, province):
        kinds = {kind.code: kind.is_cell for kind in KINDS}
        levels = {level.code for level in LEVELS}

        for unit in province.units:
            assert unit.level in levels
            assert kinds[unit.kind] == (unit.level == "cell")

    def test_members_of_a_unit_are_those_of_its_children(self, province):
        below = Counter()
        for unit in province.units:
            below[unit.parent_code] += unit.members

        for unit in province.units:
            assert unit.members == below[unit.code] or unit.level == "cell"
            assert unit.members >= 3

    def test_admissions_are_three_to_four_percent_of_the_members(self, vinh_phuc):
        root = vinh_phuc.units[0]

        assert 3 <= percent(assigned(vinh_phuc, "2022")["P26"], root.members) <= 4

    def test_every_commune_has_residential_cells_and_others(self, province):
        kinds = defaultdict(Counter)
        for unit in province.units:
            kinds[unit.parent_code][unit.kind] += 1

        for unit in province.units:
            if unit.level == "commune":
                cells = kinds[unit.code]
                assert 3 <= cells["village_cell"] + cells["street_cell"] <= 8
                assert cells["school_cell"] >= 2
                assert cells["agency_cell"] >= 1

    def test_cells_hang_at_every_height(self, vinh_phuc):
        levels = {unit.code: (unit.level, unit.kind) for unit in vinh_phuc.units}

        parents = Counter(
            levels[unit.parent_code] for unit in vinh_phuc.units if unit.level == "cell"
        )

        assert set(parents) == {
            ("province", "provincial_committee"),
            ("district", "district_committee"),
            ("district", "city_committee"),
            ("district", "military"),
            ("commune", "commune_committee"),
        }

    def test_the_real_units_are_all_there(self, vinh_phuc):
        levels = Counter(unit.level for unit in vinh_phuc.units)

        assert (levels["province"], levels["district"], levels["commune"]) == (1, 10, 136)


class TestQuotas:
    def test_every_distribution_balances(self, province):
        parents = {unit.code: unit.parent_code for unit in province.units}
        given = defaultdict(dict)
        reasons = defaultdict(set)
        for row in province.quotas:
            if row.issuer_code not in ("", row.unit_code):
                assert parents[row.unit_code] == row.issuer_code
                key = (row.issuer_code, row.measure, row.period)
                reasons[key].add(row.reason)
                if not row.segment:
                    assert row.unit_code not in given[key]
                    given[key][row.unit_code] = int(row.quota)

        for (issuer, measure, period), lines in given.items():
            held = assigned(province, period).get(issuer) if measure == "admission" else None
            reserve = 0 if held is None else held - sum(lines.values())
            (reason,) = reasons[issuer, measure, period]
            assert reserve >= 0
            assert bool(reason) == (reserve > 0)

    def test_the_districts_and_the_reserve_make_2000(self, vinh_phuc):
        quotas = assigned(vinh_phuc, "2022")

        districts = sum(quotas[unit.code] for unit in vinh_phuc.units if unit.level == "district")

        assert (quotas["P26"], districts) == (2000, 1965)

    def test_every_unit_with_children_passes_its_quota_on(self, province):
        issuers = {row.issuer_code for row in province.quotas if row.period == "2022"}

        for unit in province.units:
            assert unit.level == "cell" or unit.code in issuers

    def test_some_cells_get_none(self, vinh_phuc):
        quotas = assigned(vinh_phuc, "2022")

        without = [
            unit.code
            for unit in vinh_phuc.units
            if unit.level == "cell" and unit.code not in quotas
        ]

        assert len(without) >= 100

    def test_a_segment_is_known_and_no_larger_than_the_whole(self, province):
        segments = {segment.code for segment in SEGMENTS}
        whole = {
            (row.unit_code, row.measure, row.period): int(row.quota)
            for row in province.quotas
            if not row.segment and row.issuer_code != row.unit_code
        }

        for row in province.quotas:
            if row.segment:
                assert row.segment in segments
                assert 0 < int(row.quota) <= whole[row.unit_code, row.measure, row.period]

    def test_measures_are_those_of_the_program(self, province):
        measures = {measure.code for measure in MEASURES}

        assert {row.measure for row in province.quotas} <= measures

    def test_a_distribution_is_decided_once_in_the_december_before(self, province):
        decisions = defaultdict(set)
        for row in province.quotas:
            own = row.issuer_code == row.unit_code
            key = (row.issuer_code, own, row.measure, row.period)
            decisions[key].add((row.decision_no, row.decided_on))

        for (_, _, _, period), made in decisions.items():
            ((decision_no, decided_on),) = made
            start = parse_period(period).start
            assert (decided_on.year, decided_on.month) == (start.year - 1, 12)
            assert decided_on.weekday() < 5
            assert decision_no

    def test_own_quotas_come_in_every_kind(self, vinh_phuc):
        own = {row.kind for row in vinh_phuc.quotas if row.issuer_code == row.unit_code}

        assert own == {"count", "minimum", "range", "percent:year_start"}


class TestCases:
    def test_steps_are_in_lawful_order(self, province):
        for case in province.cases:
            taken = [getattr(case, step) for step in STEPS if getattr(case, step)]
            before_the_decision = [getattr(case, step) for step in STEPS[:5]]

            assert taken == sorted(set(taken))
            # No step is left out on the way to the last one.
            assert None not in before_the_decision[: len(taken)]
            assert case.ceremony_on is None or case.decision_on is not None
            assert case.recognised_on is None or case.removed_on is None

    def test_no_step_lies_after_the_clock(self, province):
        assert province.clock == date(2022, 10, 31)
        for case in province.cases:
            assert all(
                getattr(case, step) <= province.clock for step in STEPS if getattr(case, step)
            )

    def test_decision_and_ceremony_keep_their_deadlines(self, province):
        for case in province.cases:
            if case.decision_on:
                waited = working_days(case.cell_resolution_on, case.decision_on)
                assert len(waited) - 1 <= 60
            if case.ceremony_on:
                assert len(working_days(case.decision_on, case.ceremony_on)) - 1 <= 30

    def test_recognition_counts_from_the_day_the_year_is_over(self, province):
        for case in province.cases:
            if case.recognised_on:
                ceremony = case.ceremony_on
                is_leap_day = (ceremony.month, ceremony.day) == (2, 29)
                day = 28 if is_leap_day else ceremony.day
                assert case.recognised_on == date(ceremony.year + 1, ceremony.month, day)

    def test_nobody_meets_on_sundays_and_holidays(self, province):
        for case in province.cases:
            for step in STEPS[:6]:
                day = getattr(case, step)
                assert day is None or (day.weekday() < 6 and not is_public_holiday(day))
            assert case.decision_on is None or case.decision_on.weekday() < 5

    def test_no_two_people_of_a_cell_share_name_and_birth_date(self, province):
        identities = Counter(
            (case.cell_code, case.full_name, case.date_of_birth) for case in province.cases
        )

        assert set(identities.values()) == {1}

    def test_people_are_18_to_60_when_their_cell_considers_them(self, province):
        ages = []
        for case in province.cases:
            day = (
                case.cell_resolution_on
                or case.introduced_on
                or case.certificate_on
                or case.listed_on
            )
            ages.append(age(case.date_of_birth, day))

        assert min(ages) >= 18
        assert max(ages) < 60
        assert sum(20 <= value <= 35 for value in ages) > len(ages) * 0.7

    def test_people_belong_to_cells(self, province):
        cells = {unit.code for unit in province.units if unit.level == "cell"}

        assert {case.cell_code for case in province.cases} <= cells

    def test_attributes_are_codes_of_the_program(self, province):
        segments = {segment.code for segment in SEGMENTS}

        for case in province.cases:
            assert case.sex in {"female", "male"}
            assert case.education in {"lower_secondary", "upper_secondary"}
            assert case.qualification in {
                *("none", "vocational", "college", "university", "postgraduate"),
            }
            assert set(filter(None, case.segments.split(";"))) <= segments
            assert bool(case.introduced_by) == (case.introduced_on is not None)
            assert not case.introduced_by or case.introduced_by in segments | {"party_member"}

    def test_decision_numbers_are_given_once_and_rise_with_the_date(self, province):
        above = ancestors(province)
        levels = {unit.code: unit.level for unit in province.units}
        series = defaultdict(list)
        for case in province.cases:
            assert bool(case.decision_no) == (case.decision_on is not None)
            if case.decision_on:
                number, _, symbol = case.decision_no.partition("-")
                parent = above[case.cell_code][-2]
                decider = above[case.cell_code][-3] if levels[parent] == "commune" else parent
                key = (decider, symbol, case.decision_on.year)
                series[key].append((case.decision_on, int(number)))

        for papers in series.values():
            papers.sort()
            assert all(first[1] < second[1] for first, second in pairwise(papers))

    def test_names_are_written_in_composed_letters(self, province):
        for row in (*province.units, *province.cases):
            text = getattr(row, "full_name", None) or row.name
            assert text == unicodedata.normalize("NFC", text).strip()


class TestFiles:
    def test_the_columns_are_those_of_the_importers(self, vinh_phuc):
        files = (vinh_phuc.units_csv(), vinh_phuc.quotas_csv(), vinh_phuc.cases_csv())

        headers = [content.decode().splitlines()[0] for content in files]

        assert headers == [
            "code,parent_code,level,name,kind,members",
            "issuer_code,unit_code,measure,segment,period,kind,quota,decision_no,decided_on,reason",
            (
                "cell_code,full_name,date_of_birth,sex,ethnicity,religion,education,qualification,"
                "occupation,segments,listed_on,certificate_on,cell_resolution_on,decision_no,"
                "decision_on,ceremony_on,recognised_on,removed_on,introduced_on,introduced_by"
            ),
        ]

    def test_a_file_holds_every_row_with_iso_dates_and_empty_steps(self, vinh_phuc):
        waiting = next(row for row in vinh_phuc.cases if row.decision_on is None)

        rows = list(csv.DictReader(io.StringIO(vinh_phuc.cases_csv().decode())))

        written = rows[vinh_phuc.cases.index(waiting)]
        assert len(rows) == len(vinh_phuc.cases)
        assert written["full_name"] == waiting.full_name
        assert written["listed_on"] == waiting.listed_on.isoformat()
        assert written["decision_on"] == ""

    def test_every_run_writes_the_same_bytes(self, vinh_phuc):
        program = (
            "import hashlib; from app.demo.province import build_province as b; p = b();"
            "print(hashlib.sha256(p.units_csv() + p.quotas_csv() + p.cases_csv()).hexdigest())"
        )
        here = hashlib.sha256(
            vinh_phuc.units_csv() + vinh_phuc.quotas_csv() + vinh_phuc.cases_csv()
        )

        elsewhere = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=True,
            text=True,
        )

        assert elsewhere.stdout.strip() == here.hexdigest()


class TestSecondTenant:
    def test_it_is_small_and_shares_no_unit_with_the_first(self, vinh_phuc, hoa_binh):
        codes = {unit.code for unit in hoa_binh.units}

        assert hoa_binh.tenant_code == "HOABINH"
        assert 50 <= len(hoa_binh.cases) <= 80
        assert codes.isdisjoint(unit.code for unit in vinh_phuc.units)
        assert sum(unit.level == "district" for unit in hoa_binh.units) == 3

    def test_it_has_figures_of_its_own(self, hoa_binh):
        counts = admitted(hoa_binh, date(2022, 1, 1), hoa_binh.clock)

        assert (counts["P17"], assigned(hoa_binh, "2022")["P17"]) == (23, 32)


class TestAccounts:
    def test_login_names_are_unique_and_units_exist(self, vinh_phuc, hoa_binh):
        accounts = [*demonstration_accounts(vinh_phuc), *second_tenant_accounts(hoa_binh)]
        units = {
            (place.tenant_code, unit.code)
            for place in (vinh_phuc, hoa_binh)
            for unit in place.units
        }

        assert len({account.login_name for account in accounts}) == len(accounts)
        assert all(
            (account.tenant_code, account.unit_code) in units
            for account in accounts
            if account.tenant_code
        )

    def test_every_role_and_level_has_its_account(self, vinh_phuc, hoa_binh):
        accounts = {
            account.login_name: (account.unit_code, account.roles)
            for account in (
                *demonstration_accounts(vinh_phuc),
                *second_tenant_accounts(hoa_binh),
            )
        }

        expected = {
            "tinh": ("P26", ("committee",)),
            "tinh.theodoi": ("P26", ("monitor",)),
            "tinh.xem": ("P26", ("reader",)),
            "quansu": ("S-QS", ("committee",)),
            "huyen.vinhtuong": ("D252", ("committee",)),
            "huyen.vinhyen": ("D243", ("committee",)),
            "xa.ngukien": ("C09148", ("committee", "clerk")),
            "xa.lunghoa": ("C09106", ("clerk",)),
            "chibo.ngukien1": ("C09148-01", ("cell_secretary",)),
            "quantri": ("P26", ("tenant_administrator",)),
            "vanhanh": (None, ()),
            "hb.tinh": ("P17", ("committee",)),
            "hb.quantri": ("P17", ("tenant_administrator",)),
            "hb.xa.tanhoa": ("C04792", ("committee", "clerk")),
        }
        assert expected.items() <= accounts.items()

    def test_every_district_has_a_committee_account(self, vinh_phuc):
        districts = {unit.code for unit in vinh_phuc.units if unit.level == "district"}

        committees = {
            account.unit_code
            for account in demonstration_accounts(vinh_phuc)
            if "committee" in account.roles
        }

        assert districts <= committees
