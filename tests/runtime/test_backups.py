"""The embedded database comes back as it was at a second, from sealed files alone."""

import io
import os
import shutil
import stat
import subprocess
import sys
import tarfile
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, text

from app.core.sealed_files import seal_file
from app.core.sealing import read_keys
from app.core.settings import load_keeper_settings, load_settings
from app.runtime import backups, own_server
from app.runtime.account import give, server_account
from app.runtime.errors import RuntimeProblemError
from app.runtime.lease import leased_servers


@pytest.fixture
def kept(data_dir):
    """An installation that keeps backups."""
    return load_settings({"DATA_DIR": str(data_dir), "BACKUP_DIR": str(data_dir.parent / "kept")})


def execute(settings, *statements):
    engine = create_engine(settings.migration_database_url)
    with engine.begin() as connection:
        results = [connection.execute(text(statement)) for statement in statements]
        answer = results[-1].scalars().all() if results[-1].returns_rows else None
    engine.dispose()
    return answer


def close_piece_of_log(superuser_settings):
    server, secrets = backups.embedded_server(superuser_settings)
    with backups.superuser_cursor(server.places, secrets) as cursor:
        cursor.execute("SELECT pg_walfile_name(pg_current_wal_lsn())")
        (piece,) = cursor.fetchone()
        cursor.execute("SELECT pg_switch_wal()")
    deadline = time.monotonic() + 60
    while not (server.spool / piece).exists():
        assert time.monotonic() < deadline, "the log was not archived"
        time.sleep(0.05)


@pytest.mark.fault
def test_a_destroyed_database_comes_back_as_it_was_at_a_second(kept):
    with leased_servers(kept) as settings:
        execute(settings, "CREATE TABLE noted (word text)", "INSERT INTO noted VALUES ('copied')")
        copy = backups.take_backup(settings)
        execute(settings, "INSERT INTO noted VALUES ('before')")
        time.sleep(0.1)
        chosen = datetime.now(UTC)
        time.sleep(0.1)
        execute(settings, "INSERT INTO noted VALUES ('after')")
        close_piece_of_log(settings)
        backups.carry_off_wal(settings)
    shutil.rmtree(kept.data_dir / "servers/postgres")
    shutil.rmtree(kept.data_dir / "servers/wal-spool")

    used, aside = backups.restore_backup(kept, chosen)

    assert (used, aside) == (copy, None)
    with leased_servers(kept) as settings:
        assert execute(settings, "SELECT word FROM noted") == ["copied", "before"]
    assert b"noted" not in copy.read_bytes()
    with pytest.raises(RuntimeProblemError, match="no backup from before"):
        backups.restore_backup(kept, chosen - timedelta(days=1))


KEEPER = {"BACKUP_KEYS": "b1:" + "A" * 43 + "="}
"""The environment of the account of a server of one's own, but for the folder."""


@pytest.fixture
def keeper(tmp_path):
    """Carry out a command as the account of a server of one's own does."""
    environ = {**os.environ, **KEEPER, "BACKUP_DIR": str(tmp_path / "kept")}

    def run(*words, **changed):
        command = [sys.executable, "-m", "app.runtime", *map(str, words)]
        return subprocess.run(
            command, env=environ | changed, capture_output=True, text=True, check=False
        )

    return run


def test_pieces_of_a_log_are_sealed_and_brought_back_or_stop_the_recovery(keeper, tmp_path):
    settings = load_keeper_settings({**KEEPER, "BACKUP_DIR": str(tmp_path / "kept")})
    piece, back = tmp_path / "000000010000000000000001", tmp_path / "back"
    piece.write_bytes(b"what was committed" * 1000)

    backups.seal_wal(settings, piece)
    backups.seal_wal(settings, piece)
    assert own_server.unseal_wal(settings, piece.name, back)
    assert back.read_bytes() == piece.read_bytes()
    piece.write_bytes(b"another database's")
    with pytest.raises(RuntimeProblemError, match="belongs to another database"):
        backups.seal_wal(settings, piece)

    # PostgreSQL goes by the status alone: 1 ends the recovery, above 125 nothing comes up.
    wanted = own_server.restore_command(settings).replace("%p", str(back))
    absent, present = (wanted.replace("%f", name) for name in (f"{piece.name[:-1]}2", piece.name))
    broken = absent.replace(f"PYTHONPATH={own_server.PROGRAM}", "PYTHONPATH=/nowhere")
    other_keys = {"BACKUP_KEYS": "b1:" + "B" * 43 + "="}
    assert broken != absent

    def status(command, **changed):
        environ = {**os.environ, **KEEPER} | changed
        return subprocess.run(
            command, shell=True, env=environ, cwd=tmp_path, check=False
        ).returncode

    assert status(present) == 0
    assert status(absent) == 1
    assert status(present, **other_keys) == 255
    assert status(broken) == 255, "a program that cannot start has not looked for the piece"


def test_a_copy_is_opened_with_the_keys_of_whoever_sealed_it(keeper, tmp_path):
    """A server's own account has BACKUP_KEYS, the embedded servers FIELD_KEYS or their own."""
    piece = tmp_path / "000000010000000000000001"
    piece.write_bytes(b"what was committed")
    backups.seal_wal(load_keeper_settings({**KEEPER, "BACKUP_DIR": str(tmp_path)}), piece)
    (sealed,) = tmp_path.rglob(f"{piece.name}.*")
    embedded = {"BACKUP_KEYS": "", "DATA_DIR": str(tmp_path / "data")}

    opened = (
        keeper("unseal", sealed),
        keeper("unseal", sealed, **embedded, FIELD_KEYS=KEEPER["BACKUP_KEYS"]),
    )
    refused = keeper("unseal", sealed, **embedded)

    assert [answer.stdout for answer in opened] == ["what was committed"] * 2
    assert refused.returncode != 0
    assert refused.stdout == ""


def test_the_copy_of_a_server_of_ones_own_never_becomes_one_of_the_embedded(keeper, tmp_path):
    """An account that lacks a setting is told so; nothing is started or copied in its stead."""
    away = {"BACKUP_DATABASE_URL": "postgresql://c:c@127.0.0.1:1/"}

    without_keys, without_address = keeper("backup", **away, BACKUP_KEYS=""), keeper("backup")

    assert (without_keys.returncode, without_address.returncode) == (2, 2)
    assert "BACKUP_KEYS is not set" in without_keys.stderr
    assert "BACKUP_DATABASE_URL must name" in without_address.stderr
    assert not list(tmp_path.rglob("*.sealed*"))


def test_a_data_folder_is_made_of_the_newest_copy_before_a_second(data_dir, in_child):
    """As the server's account, which root is not."""
    folder = data_dir.parent
    settings = load_keeper_settings({**KEEPER, "BACKUP_DIR": str(folder / "kept")})
    at = datetime(2026, 11, 25, 15, 30, tzinfo=UTC)
    for hour, word in ((14, "earlier"), (15, "newest before"), (16, "later")):
        copy_of(settings, word, at.replace(hour=hour, minute=0))
    assert backups.newest_backup(settings) == at.replace(hour=16, minute=0)
    into = folder / "cluster"

    def prepare():
        own_server.prepare_recovery(settings, into, at)

    give_all(folder)
    assert in_child(prepare, server_account()) == 0

    assert (into / "word").read_text() == "newest before"
    written = (into / "postgresql.auto.conf").read_text()
    assert f"recovery_target_time = '{at.isoformat()}'" in written
    assert "unseal-wal %f %p; " in written
    assert KEEPER["BACKUP_KEYS"] not in written
    assert (into / "recovery.signal").exists()
    assert stat.S_IMODE(into.stat().st_mode) == 0o700
    assert in_child(prepare, server_account()) != 0, "a folder with data is left alone"


def copy_of(settings, word, done):
    """Seal a cluster of one file, as if copied at a moment."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo("word")
        entry.size = len(word)
        archive.addfile(entry, io.BytesIO(word.encode()))
    packed.seek(0)
    target = backups.backup_folder(settings) / f"base-{done:%Y%m%dT%H%M%SZ}.sealed"
    with target.open("wb") as file:
        seal_file(read_keys(settings.field_keys), packed, file)


def give_all(folder):
    """Let the server's account have a folder and what is in it, and pass through to it."""
    for path in (folder, *folder.rglob("*")):
        give(server_account(), path)
