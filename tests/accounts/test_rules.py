from datetime import date

import pytest
from sqlalchemy import text

from app.accounts.rules import (
    PERMISSIONS_OF_ROLE,
    Grant,
    GrantedUnit,
    Role,
    permissions_at,
    plain_login_name,
    unit_acted_for,
    units_to_act_for,
)
from app.web.guards import Permission

PROVINCE = GrantedUnit(1, "Tỉnh ủy", "1.")
DISTRICT = GrantedUnit(2, "Huyện ủy", "1.2.")
OTHER_DISTRICT = GrantedUnit(20, "Huyện ủy khác", "1.20.")
COMMUNE = GrantedUnit(3, "Đảng ủy xã", "1.2.3.")
TODAY = date(2022, 10, 31)


def test_every_role_has_its_permissions_written_down():
    assert set(PERMISSIONS_OF_ROLE) == set(Role)
    assert all(PERMISSIONS_OF_ROLE.values())


def test_no_role_of_a_tenant_may_operate_the_service():
    assert not any(Permission.OPERATE in held for held in PERMISSIONS_OF_ROLE.values())


@pytest.mark.parametrize("role", [Role.READER, Role.TENANT_ADMINISTRATOR])
def test_figures_and_configuration_come_without_people(role):
    assert Permission.SEE_PEOPLE not in PERMISSIONS_OF_ROLE[role]


def test_a_role_holds_on_the_unit_and_below_it():
    grants = [Grant(Role.CLERK, DISTRICT)]

    assert Permission.RECORD_PEOPLE in permissions_at(grants, DISTRICT.path, TODAY)
    assert Permission.RECORD_PEOPLE in permissions_at(grants, COMMUNE.path, TODAY)


@pytest.mark.parametrize("unit", [PROVINCE, OTHER_DISTRICT])
def test_a_role_holds_neither_above_nor_beside_its_unit(unit):
    assert not permissions_at([Grant(Role.CLERK, DISTRICT)], unit.path, TODAY)


def test_roles_of_several_units_add_up():
    grants = [Grant(Role.COMMITTEE, DISTRICT), Grant(Role.CLERK, COMMUNE)]

    at_commune = permissions_at(grants, COMMUNE.path, TODAY)

    assert {Permission.SET_QUOTAS, Permission.RECORD_PEOPLE} <= at_commune
    assert Permission.RECORD_PEOPLE not in permissions_at(grants, DISTRICT.path, TODAY)


@pytest.mark.parametrize(
    ("start", "end", "holds"),
    [
        (None, None, True),
        (TODAY, None, True),
        (date(2022, 11, 1), None, False),
        (None, date(2022, 11, 1), True),
        (None, TODAY, False),
    ],
)
def test_a_role_holds_from_its_first_day_to_before_its_end(start, end, holds):
    grants = [Grant(Role.READER, PROVINCE, start, end)]

    assert bool(permissions_at(grants, PROVINCE.path, TODAY)) is holds
    assert bool(units_to_act_for(grants, TODAY)) is holds


def test_a_whole_tenant_is_configured_from_the_top_alone():
    at_the_top = permissions_at([Grant(Role.TENANT_ADMINISTRATOR, PROVINCE)], "1.", TODAY)
    below = permissions_at([Grant(Role.TENANT_ADMINISTRATOR, DISTRICT)], "1.2.", TODAY)

    assert Permission.CONFIGURE in at_the_top
    assert Permission.CONFIGURE not in below


def test_units_to_act_for_begin_with_the_highest():
    grants = [Grant(Role.CLERK, COMMUNE), Grant(Role.READER, PROVINCE), Grant(Role.CLERK, DISTRICT)]

    assert units_to_act_for(grants, TODAY) == (PROVINCE, DISTRICT, COMMUNE)


@pytest.mark.parametrize(
    ("chosen", "home", "expected"),
    [
        (COMMUNE.id, PROVINCE.id, COMMUNE),
        (None, COMMUNE.id, COMMUNE),
        (99, COMMUNE.id, COMMUNE),
        (None, 99, PROVINCE),
    ],
)
def test_the_chosen_unit_comes_before_home_before_the_highest(chosen, home, expected):
    assert unit_acted_for([PROVINCE, DISTRICT, COMMUNE], chosen, home) == expected


def test_nobody_without_a_role_acts_for_a_unit():
    assert unit_acted_for([], PROVINCE.id, PROVINCE.id) is None


def test_login_names_are_compared_in_small_letters():
    assert plain_login_name("  Xa.NguKien ") == "xa.ngukien"


def test_the_database_knows_the_same_roles(app_context, owner_engine):
    with owner_engine.connect() as connection:
        written = connection.scalar(
            text(
                "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
                " WHERE conname = 'ck_role_grant_role_is_known'"
            )
        )

    assert all(f"'{role}'" in written for role in Role)
