"""The migrations are one line, and from each of them the way leads down and up to the models."""

from alembic.script import ScriptDirectory

from app.runtime import schema
from app.runtime.throwaway import create_database


def test_migrations_follow_each_other_in_one_line():
    revisions = list(ScriptDirectory(str(schema.MIGRATIONS)).walk_revisions())

    assert [revision.is_head for revision in revisions].count(True) == 1
    assert not any(revision.is_branch_point or revision.is_merge_point for revision in revisions)


def test_from_every_revision_the_way_leads_to_the_models(server_settings, worker_id):
    settings = create_database(server_settings, f"every_revision_{worker_id}")

    for revision in ScriptDirectory(str(schema.MIGRATIONS)).walk_revisions():
        schema.downgrade(settings, revision.down_revision or "base")
        assert schema.current(settings) == revision.down_revision
        schema.upgrade(settings)
        assert schema.current(settings) == schema.head()
        assert schema.differences(settings) == []
