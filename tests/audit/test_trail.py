"""The trail is linked in batches; whatever is done to linked entries afterwards is noticed."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from app.audit.anchors import Anchor, AnchorFile
from app.audit.chain import link_entries, verify_trail
from app.audit.jobs import anchors_of, link_trail, link_trails
from app.audit.models import AuditEntry, AuditLink
from app.audit.resuming import resume_trail
from app.audit.rules import batch_digest, content_of, entry_digest, head_of
from app.core.database import db
from app.privacy.commands import erase_person
from app.tenants.context import tenant_transaction
from tests.factories.cases import make_person

NAME = "Nguyễn Thị Nhật Ký"
FORGED = bytes(32)

TAMPERINGS = {
    "content": "UPDATE audit_entry SET after = jsonb_set(after, '{name}', '\"Khác\"')"
    " WHERE after ? 'name'",
    "actor": "UPDATE audit_entry SET actor_name = 'người khác'",
    "instant": "UPDATE audit_entry SET occurred_at = occurred_at - interval '1 second'",
    "emptied": "UPDATE audit_entry SET before = NULL, after = NULL, redacted_at = now()",
    "deleted": "DELETE FROM audit_entry WHERE id = (SELECT min(id) FROM audit_entry)",
    "slipped in": "INSERT INTO audit_entry (tenant_id, actor_kind, actor_name, action,"
    " subject_kind, occurred_at) VALUES (:tenant, 'job', 'x', 'unit.renamed', 'unit',"
    " now() - interval '1 year')",
    "unlinked": "DELETE FROM audit_link WHERE entry_id = (SELECT max(entry_id) FROM audit_link)",
    "forged batch": "UPDATE audit_batch SET digest = decode(repeat('00', 32), 'hex')",
    "cut off": "DELETE FROM audit_link; DELETE FROM audit_batch",
}


@pytest.fixture
def tamper(superuser_engine, province):
    """Change the trail as somebody may who owns the whole database, past every guard."""

    def change(statements):
        with superuser_engine.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text(statements), {"tenant": province.context.tenant_id})

    return change


@pytest.fixture
def anchors(app, province):
    """The anchors of the test's tenant, which earlier tests have left none of."""
    file = anchors_of(province.context.tenant_code)
    file.path.unlink(missing_ok=True)
    yield file
    file.path.unlink(missing_ok=True)


@pytest.fixture
def linked(province, anchors):
    """A tenant whose trail is linked and anchored."""
    db.session.commit()
    assert link_trail(province.context.tenant_code) > 0
    return province.context.tenant_code


def verified(code):
    with tenant_transaction(code) as context:
        return verify_trail(context, anchors_of(code))


def test_every_entry_is_linked_once_and_all_holds(linked):
    assert link_trail(linked) == 0

    report = verified(linked)

    assert report.broken == ()
    assert report.tail == 0
    with tenant_transaction(linked):
        entries = set(db.session.scalars(select(AuditEntry.id)))
        assert set(db.session.scalars(select(AuditLink.entry_id))) == entries
    assert report.entries == len(entries)


def test_what_is_written_later_waits_and_follows(linked, province):
    with tenant_transaction(linked) as context:
        make_person(context, province.cell, NAME)

    assert verified(linked).tail > 0
    link_trails()

    report = verified(linked)
    assert (report.batches, report.tail, report.broken) == (2, 0, ())


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_whatever_is_done_to_linked_entries_is_noticed(linked, tamper, tampering):
    tamper(TAMPERINGS[tampering])

    assert verified(linked).broken != ()


def test_a_chain_made_anew_without_the_key_is_noticed(linked, tamper, anchors):
    """Whoever recomputes every digest still lacks the key of the seals."""
    tamper("UPDATE audit_entry SET actor_name = 'người khác'")
    with tenant_transaction(linked):
        rows = db.session.execute(
            select(*AuditEntry.__table__.c, AuditLink.content_seal)
            .join(AuditLink, AuditLink.entry_id == AuditEntry.id)
            .order_by(AuditEntry.id)
        )
        digest = batch_digest(
            bytes(32),
            1,
            [entry_digest(head_of(_entry(row)), row.content_seal) for row in rows],
        )
    tamper(f"UPDATE audit_batch SET digest = decode('{digest.hex()}', 'hex')")
    anchors.path.unlink()

    assert [broken.what for broken in verified(linked).broken] == [
        "its seal was not made with a key of this installation"
    ]


def _entry(row):
    return {name: getattr(row, name) for name in AuditEntry.__table__.columns.keys()}  # noqa: SIM118


def test_an_erased_person_is_forgotten_and_the_chain_holds(linked, province):
    with tenant_transaction(linked) as context:
        number = make_person(context, province.cell, NAME)
    link_trail(linked)
    with tenant_transaction(linked) as context:
        erase_person(context, number, "theo yêu cầu của người đó")
    link_trail(linked)

    report = verified(linked)

    assert report.broken == ()
    with tenant_transaction(linked):
        said = db.session.execute(
            select(AuditEntry.action, AuditEntry.before, AuditEntry.after).where(
                AuditEntry.subject_id == number, AuditEntry.subject_kind == "person"
            )
        ).all()
    assert NAME not in json.dumps([list(entry) for entry in said], ensure_ascii=False)
    assert ("person.erased", None, {"reason": "theo yêu cầu của người đó"}) in [*map(tuple, said)]


def test_links_stay_while_one_copy_of_the_job_is_late(linked, province):
    """Of two copies that link the same entries one fails, and nothing is linked twice."""
    with tenant_transaction(linked) as context:
        make_person(context, province.cell, NAME)
    with tenant_transaction(linked) as context:
        assert link_entries(context) > 0
    with tenant_transaction(linked) as context:
        assert link_entries(context) == 0

    assert verified(linked).broken == ()


def test_what_was_linked_but_not_anchored_is_anchored_next_time(linked, province, anchors):
    with tenant_transaction(linked) as context:
        make_person(context, province.cell, NAME)
    with tenant_transaction(linked) as context:
        link_entries(context)
    assert anchors.last_number() == 1

    link_trail(linked)

    assert anchors.last_number() == 2


RESTORED = """
    DELETE FROM audit_entry WHERE id IN (SELECT entry_id FROM audit_link WHERE batch_number > 1);
    DELETE FROM audit_link WHERE batch_number > 1;
    DELETE FROM audit_batch WHERE number > 1
"""
"""Leaves what a restore to a second before the second batch leaves of a trail."""


def test_after_a_restore_the_trail_goes_on_and_says_what_was_cut_off(linked, province, tamper):
    anchors = anchors_of(linked)
    for name in (NAME, "Trần Văn Sau"):
        with tenant_transaction(linked) as context:
            make_person(context, province.cell, name)
        link_trail(linked)
    anchored = list(anchors.anchors())
    tamper(RESTORED)
    assert len(verified(linked).broken) == 2

    assert resume_trail(linked, anchors) == 2
    link_trail(linked)

    assert (verified(linked).broken, anchors.last_number()) == ((), 2)
    (aside,) = anchors.path.parent.glob(f"{anchors.path.stem}.cut-*")
    assert list(AnchorFile(aside).anchors()) == anchored[1:]
    aside.unlink()
    with tenant_transaction(linked):
        said = select(AuditEntry.after).where(AuditEntry.action == "trail.resumed")
        assert db.session.scalars(said).all() == [{"last": 1, "later": 2}]


def test_no_anchor_is_set_aside_before_the_trail_says_so_for_good(
    linked, province, tamper, monkeypatch
):
    anchors = anchors_of(linked)
    with tenant_transaction(linked) as context:
        make_person(context, province.cell, NAME)
    link_trail(linked)
    tamper(RESTORED)
    before = anchors.path.read_bytes()

    def full_disk(*_):
        raise OSError

    monkeypatch.setattr(AnchorFile, "set_aside_after", full_disk)
    with pytest.raises(OSError):  # noqa: PT011 whichever the disk has
        resume_trail(linked, anchors)

    assert anchors.path.read_bytes() == before
    with tenant_transaction(linked):
        said = select(AuditEntry.after).where(AuditEntry.action == "trail.resumed")
        assert db.session.scalars(said).all() == [{"last": 1, "later": 1}]
    monkeypatch.undo()
    # Somebody links what has been written since; then the command is run again.
    link_trail(linked)
    assert verified(linked).broken
    assert resume_trail(linked, anchors) == 1
    link_trail(linked)
    assert verified(linked).broken == ()
    with tenant_transaction(linked):
        assert db.session.scalars(said).all() == [{"last": 1, "later": 1}] * 2
    assert resume_trail(linked, anchors) == 0


def test_a_trail_that_is_no_earlier_state_is_not_gone_on_with(app, linked, tamper, anchors):
    tamper(TAMPERINGS["forged batch"])
    before = anchors.path.read_bytes()

    outcome = app.test_cli_runner().invoke(args=["trail", "resume"])

    assert outcome.exit_code == 1
    assert anchors.path.read_bytes() == before


def test_the_command_line_tells_what_is_broken(app, linked, tamper):
    runner = app.test_cli_runner()
    arguments = ["trail", "verify", "--tenant", linked, "--format", "json"]
    assert runner.invoke(args=arguments).exit_code == 0

    tamper(TAMPERINGS["deleted"])
    outcome = runner.invoke(args=arguments)

    assert outcome.exit_code == 1
    assert json.loads(outcome.stdout)["broken"][0]["tenant"] == linked


def test_the_serving_role_cannot_change_what_is_linked(province):
    db.session.commit()
    for table in ("audit_entry", "audit_batch", "audit_link"):
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET tenant_id = tenant_id"):
            with (
                pytest.raises(Exception, match="permission denied"),
                tenant_transaction(province.context.tenant_code),
            ):
                db.session.execute(text(statement))


def test_anchors_are_read_as_they_were_written(tmp_path):
    file = AnchorFile(tmp_path / "new" / "trail.txt")
    anchors = [Anchor(number, bytes([number] * 32)) for number in range(1, 20)]
    assert file.last_number() == 0

    file.append(anchors[:10])
    file.append(anchors[10:])

    assert file.last_number() == 19
    assert list(file.anchors()) == anchors


ENTRY = {"id": 7, "tenant_id": 1, "action": "unit.renamed", "before": None, "after": {"a": 1}}


@given(offset=st.integers(-14, 14), seconds=st.integers(0, 2_000_000_000))
def test_an_instant_is_one_in_every_time_zone(offset, seconds):
    here = datetime.fromtimestamp(seconds, UTC)
    there = here.astimezone(timezone(timedelta(hours=offset)))

    assert head_of({**ENTRY, "occurred_at": here}) == head_of({**ENTRY, "occurred_at": there})


def test_a_head_leaves_out_what_may_change_and_what_is_empty():
    moved = {**ENTRY, "tenant_id": 2, "before": {"b": 2}, "redacted_at": "now", "added_later": None}

    assert head_of(moved) == head_of(ENTRY)
    assert content_of(moved) != content_of(ENTRY)
