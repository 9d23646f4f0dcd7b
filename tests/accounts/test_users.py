"""Making accounts and giving roles: inside one's own scope, and nowhere else."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import IntegrityError

from app.accounts import commands, grants, second_factor
from app.accounts.commands import NewUser
from app.accounts.grants import NewGrant
from app.accounts.models import RoleGrant
from app.accounts.queries import number_of_users, user_in_scope, users
from app.accounts.rules import Role
from app.audit.models import AuditEntry
from app.core.database import db
from app.core.errors import NotAllowed, NotFound, Refused
from app.tenants.context import Actor, Scope
from tests.factories.accounts import PASSWORD, acting_as, make_user

FIELDS = {"login_name": "moi", "full_name": "Trần Văn Bình", "password": PASSWORD}


def of_district(province):
    """The context of whoever acts for the district."""
    return replace(province.context, scope=Scope.under(province.district.path))


def as_user(province, name):
    actor = Actor(kind="user", id=province.users[name], name=name)
    return replace(province.context, actor=actor)


def actions():
    return list(
        db.session.scalars(
            select(AuditEntry.action)
            .where(AuditEntry.subject_kind == "user")
            .order_by(AuditEntry.id.desc())
        )
    )


def test_a_user_is_added_with_roles_and_a_trail(province):
    grants = (NewGrant(Role.CLERK, province.commune.id),)

    user_id = commands.create_user(
        province.context, NewUser(**FIELDS, unit_id=province.commune.id, grants=grants)
    )
    db.session.commit()

    user = user_in_scope(province.context, user_id)
    assert (user.login_name, user.unit_code, user.must_change_password) == ("moi", "X1", True)
    assert [(held.role, held.unit_code) for held in user.roles] == [(Role.CLERK, "X1")]
    assert actions()[:2] == ["user.role_granted", "user.created"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("login_name", "Có Dấu"),
        ("login_name", "a b"),
        ("login_name", ""),
        ("login_name", ".xa"),
        ("full_name", " "),
        ("password", "ngắn"),
    ],
)
def test_a_bad_account_is_refused_at_the_field(province, field, value):
    new = NewUser(**{**FIELDS, field: value}, unit_id=province.commune.id)

    with pytest.raises(Refused) as refused:
        commands.create_user(province.context, new)

    expected = "new_password" if field == "password" else field
    assert [problem.field for problem in refused.value.problems] == [expected]


def test_a_home_unit_of_another_tenant_is_not_found(other_province, province):
    new = NewUser(**FIELDS, unit_id=other_province.commune.id)

    with pytest.raises(NotFound):
        commands.create_user(province.context, new)


@pytest.mark.parametrize("unit", ["top", "other_district"])
def test_a_home_unit_outside_the_scope_is_not_found(province, unit):
    new = NewUser(**FIELDS, unit_id=getattr(province, unit).id)

    with pytest.raises(NotFound):
        commands.create_user(of_district(province), new)


@pytest.mark.parametrize("unit", ["district", "commune"])
def test_a_home_unit_inside_the_scope_is_taken(province, unit):
    new = NewUser(**FIELDS, unit_id=getattr(province, unit).id)

    assert commands.create_user(of_district(province), new)


def test_a_role_is_never_granted_on_a_unit_of_another_tenant(other_province, province):
    grant = NewGrant(Role.READER, other_province.top.id)

    with pytest.raises(NotFound):
        grants.grant_role(province.context, province.users["xa"], grant)

    own = NewGrant(Role.READER, province.top.id)
    grants.grant_role(province.context, province.users["xa"], own)


def test_a_role_is_never_granted_to_a_user_of_another_tenant(other_province, province):
    with pytest.raises(NotFound):
        grants.grant_role(
            province.context,
            other_province.users["xa"],
            NewGrant(Role.READER, province.commune.id),
        )


def test_the_database_itself_refuses_a_grant_on_another_tenants_unit(other_province, province):
    db.session.add(
        RoleGrant(
            tenant_id=province.context.tenant_id,
            user_id=province.users["xa"],
            unit_id=other_province.top.id,
            role="reader",
        )
    )

    with pytest.raises(IntegrityError):
        db.session.flush()


def test_a_role_outside_the_scope_is_not_found(province):
    grant = NewGrant(Role.READER, province.top.id)

    with pytest.raises(NotFound):
        grants.grant_role(of_district(province), province.users["xa"], grant)


def test_users_outside_the_scope_are_not_found(province):
    context = of_district(province)

    assert {user.login_name for user in users(context)} == {"huyen", "xa", "chibo", "xem"}
    assert number_of_users(context) == 4
    with pytest.raises(NotFound):
        user_in_scope(context, province.users["tinh"])
    assert user_in_scope(context, province.users["xa"])


def test_users_of_another_tenant_are_not_found(other_province, province):
    assert not [user for user in users(province.context) if user.login_name.startswith("hb.")]
    for command in (commands.disable_user, commands.enable_user, commands.reset_password):
        with pytest.raises(NotFound):
            command(province.context, other_province.users["xa"])


@pytest.mark.parametrize(
    ("role", "unit", "is_taken"),
    [
        (Role.CELL_SECRETARY, "cell", True),
        (Role.CELL_SECRETARY, "commune", False),
        (Role.TENANT_ADMINISTRATOR, "top", True),
        (Role.TENANT_ADMINISTRATOR, "district", False),
    ],
)
def test_some_roles_are_held_at_their_own_storey(province, role, unit, is_taken):
    grant = NewGrant(role, getattr(province, unit).id)
    user_id = make_user(province.context, "moi", province.top.id)

    if is_taken:
        grants.grant_role(province.context, user_id, grant)
        assert len(user_in_scope(province.context, user_id).roles) == 1
        return
    with pytest.raises(Refused) as refused:
        grants.grant_role(province.context, user_id, grant)
    assert refused.value.problems[0].field == "role"


def test_a_role_is_held_once_at_a_time(province):
    user_id, unit_id = province.users["xa"], province.commune.id
    first = NewGrant(Role.READER, unit_id, Range(date(2026, 1, 1), date(2026, 7, 1)))
    second = NewGrant(Role.READER, unit_id, Range(date(2026, 6, 1), None))
    after = NewGrant(Role.READER, unit_id, Range(date(2026, 7, 1), None))
    grants.grant_role(province.context, user_id, first)

    with pytest.raises(Refused):
        grants.grant_role(province.context, user_id, second)

    grants.grant_role(province.context, user_id, after)


def test_an_ended_role_stays_on_record_until_today(province):
    user_id = province.users["xa"]
    [held] = user_in_scope(province.context, user_id).roles

    grants.end_role(province.context, user_id, held.id)

    [ended] = user_in_scope(province.context, user_id).roles
    assert ended.valid.upper == province.context.today
    assert actions()[0] == "user.role_ended"


def test_a_role_that_has_not_begun_is_taken_back(province):
    user_id = make_user(province.context, "moi", province.commune.id)
    grant = NewGrant(Role.READER, province.commune.id, Range(date(2099, 1, 1), None))
    grants.grant_role(province.context, user_id, grant)
    [held] = user_in_scope(province.context, user_id).roles

    grants.end_role(province.context, user_id, held.id)

    assert user_in_scope(province.context, user_id).roles == ()


def test_a_role_of_somebody_else_is_not_found(province):
    [held] = user_in_scope(province.context, province.users["huyen"]).roles

    with pytest.raises(NotFound):
        grants.end_role(province.context, province.users["xa"], held.id)


def test_nobody_changes_their_own_rights(province):
    context = as_user(province, "quantri")
    own = province.users["quantri"]
    [held] = user_in_scope(context, own).roles

    for act in (
        lambda: grants.grant_role(context, own, NewGrant(Role.COMMITTEE, province.top.id)),
        lambda: grants.end_role(context, own, held.id),
        lambda: commands.disable_user(context, own),
        lambda: commands.reset_password(context, own),
    ):
        with pytest.raises(NotAllowed):
            act()

    commands.disable_user(context, province.users["xa"])
    commands.enable_user(context, province.users["xa"])


def test_a_reset_ends_the_password_and_hands_a_link_out(province):
    link = commands.reset_password(province.context, province.users["xa"])

    assert not user_in_scope(province.context, province.users["xa"]).has_password
    assert link.user_id == province.users["xa"]
    assert actions()[:2] == ["user.link_issued", "user.password_reset"]


def test_nobody_gives_more_than_they_hold(province):
    head = acting_as(province.context, province.users["huyen"], province.district)
    clerk = acting_as(province.context, province.users["xa"], province.commune)
    target = province.users["xem"]

    grants.grant_role(head, target, NewGrant(Role.CLERK, province.commune.id))
    beyond = NewGrant(Role.TENANT_ADMINISTRATOR, province.top.id)
    with pytest.raises(NotFound):
        grants.grant_role(head, target, beyond)
    with pytest.raises(NotAllowed):
        grants.grant_role(clerk, target, NewGrant(Role.MONITOR, province.commune.id))


def test_a_role_that_is_given_ends_with_the_givers_own(province):
    last_day = province.context.today + timedelta(days=30)
    until = Range(None, last_day)
    head_id = make_user(province.context, "huyen2", province.district.id)
    held = NewGrant(Role.COMMITTEE, province.district.id, until)
    grants.grant_role(province.context, head_id, held)
    head = acting_as(province.context, head_id, province.district)

    with pytest.raises(Refused):
        grants.grant_role(head, province.users["xem"], NewGrant(Role.CLERK, province.commune.id))
    shorter = NewGrant(Role.CLERK, province.commune.id, Range(None, last_day))
    grants.grant_role(head, province.users["xem"], shorter)


@pytest.mark.parametrize(
    "act",
    [
        commands.reset_password,
        commands.disable_user,
        second_factor.reset_second_factor,
        lambda context, user_id: commands.change_user(
            context, user_id, full_name="Khác", unit_id=context.unit_id
        ),
    ],
)
def test_a_head_touches_no_account_that_holds_more(province, act):
    head = acting_as(province.context, province.users["huyen"], province.district)
    mightier = make_user(
        *(province.context, "cao", province.district.id, "committee"), unit_of_roles=province.top.id
    )
    with pytest.raises(NotAllowed):
        act(head, mightier)

    act(head, province.users["xem"])


def test_users_are_found_by_part_of_a_name(province):
    make_user(province.context, "anh.nt", province.top.id, full_name="Nguyễn Thị Ánh")

    assert [user.login_name for user in users(province.context, "thị á")] == ["anh.nt"]
    assert [user.login_name for user in users(province.context, "ANH.")] == ["anh.nt"]
    assert users(province.context, "%") == []
