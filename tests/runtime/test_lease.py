import os
import signal
import stat
import threading
from pathlib import Path

import psycopg2
import pytest
from redis import Redis
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from app.core.settings import load_settings
from app.runtime import binaries, lease, places, postgres
from app.runtime.account import run_as, server_account
from app.runtime.errors import RuntimeProblemError
from app.runtime.lease import held_settings, leased_servers, revive_servers

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can take other accounts")


def postgres_pid(data_dir):
    return int((data_dir / "servers/postgres/postmaster.pid").read_text().splitlines()[0])


def redis_pid(data_dir):
    return int((data_dir / "servers/redis.pid").read_text())


def is_running(data_dir):
    return (data_dir / "servers/postgres/postmaster.pid").exists()


def ask(url, statement):
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            return connection.execute(text(statement)).scalar()
    finally:
        engine.dispose()


def execute(url, statement):
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


class Busy:
    """A session that computes until its server is gone."""

    ENDLESS = "DO $$ BEGIN LOOP PERFORM sqrt(random()); END LOOP; END $$"
    SESSIONS = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'DO $$%'"

    def __init__(self, url):
        self.url = url
        self.thread = threading.Thread(target=self.run)

    def run(self):
        with pytest.raises(OperationalError):
            execute(self.url, self.ENDLESS)

    def __enter__(self):
        self.thread.start()
        while ask(self.url, self.SESSIONS) == 0:
            pass

    def __exit__(self, *_):
        self.thread.join()


def answers_to_redis(settings):
    with Redis.from_url(settings.redis_url) as client:
        return client.ping()


def test_both_servers_answer_and_stop_at_the_end(local_settings):
    with leased_servers(local_settings) as settings:
        assert ask(settings.database_url, "SELECT current_user") == "ketnap_app"
        assert ask(settings.migration_database_url, "SELECT current_user") == "ketnap_owner"
        assert ask(settings.database_url, "SHOW listen_addresses") == ""
        assert ask(settings.database_url, "SHOW fsync") == "on"
        assert answers_to_redis(settings)

    assert not is_running(local_settings.data_dir)
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(
            host=str(local_settings.data_dir / "servers/run"), user="ketnap_app", dbname="ketnap"
        )


def test_neither_role_may_leave_the_walls(local_settings):
    with leased_servers(local_settings) as settings:
        unsafe = ask(
            settings.database_url,
            "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'ketnap%'"
            " AND (rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole OR rolreplication)",
        )
        owner = ask(
            settings.database_url,
            "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()",
        )

    assert (unsafe, owner) == (0, "ketnap_owner")


def test_a_wrong_password_is_refused(local_settings):
    with leased_servers(local_settings) as settings:
        wrong = make_url(settings.database_url).set(password="guess")

        with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
            psycopg2.connect(
                host=wrong.query["host"], user="ketnap_app", password="guess", dbname="ketnap"
            )


def test_data_and_secrets_stay_between_leases(local_settings):
    with leased_servers(local_settings) as first:
        execute(first.migration_database_url, "CREATE TABLE kept AS SELECT 42 AS answer")

    with leased_servers(local_settings) as second:
        assert ask(second.migration_database_url, "SELECT answer FROM kept") == 42

    assert second == first
    assert len(first.secret_key) >= 32
    assert first.demo_password


def test_secrets_are_private(local_settings):
    with leased_servers(local_settings):
        pass

    for name in ("secrets.json", "users.lock", "servers.lock"):
        assert stat.S_IMODE((local_settings.data_dir / name).stat().st_mode) == 0o600
    assert stat.S_IMODE((local_settings.data_dir / "servers").stat().st_mode) == 0o700
    assert not (local_settings.data_dir / "servers/postgres.password").exists()


def test_given_demo_password_is_kept(data_dir):
    given = load_settings({"DATA_DIR": str(data_dir), "DEMO_PASSWORD": "tự chọn"})
    with leased_servers(given) as first:
        assert first.demo_password == "tự chọn"

    with leased_servers(load_settings({"DATA_DIR": str(data_dir)})) as second:
        assert second.demo_password == "tự chọn"


def test_half_a_start_is_undone(local_settings, monkeypatch):
    def refuse(server):
        raise RuntimeProblemError("no memory left")

    monkeypatch.setattr(lease, "ensure_redis", refuse)

    with pytest.raises(RuntimeProblemError, match="no memory"), leased_servers(local_settings):
        pytest.fail("not refused")

    assert not is_running(local_settings.data_dir)


def test_last_user_stops_the_servers(local_settings, hold):
    other = hold()
    with leased_servers(local_settings):
        pass

    assert is_running(local_settings.data_dir)
    other.leave()
    assert not is_running(local_settings.data_dir)


def test_killed_users_do_not_count(local_settings, hold):
    hold().die()
    hold().die()
    assert is_running(local_settings.data_dir)

    with leased_servers(local_settings):
        pass

    assert not is_running(local_settings.data_dir)


def test_servers_of_a_killed_user_are_adopted(local_settings, hold):
    hold().die()
    survivor = postgres_pid(local_settings.data_dir), redis_pid(local_settings.data_dir)

    with leased_servers(local_settings) as settings:
        assert survivor == (
            postgres_pid(local_settings.data_dir),
            redis_pid(local_settings.data_dir),
        )
        assert answers_to_redis(settings)


def test_everything_killed_starts_again_with_its_data(local_settings, hold):
    holder = hold()
    settings = held_settings(local_settings)
    execute(settings.migration_database_url, "CREATE TABLE kept AS SELECT 42 AS answer")
    os.kill(postgres_pid(local_settings.data_dir), signal.SIGKILL)
    os.kill(redis_pid(local_settings.data_dir), signal.SIGKILL)
    holder.die()

    with leased_servers(local_settings) as again:
        assert ask(again.migration_database_url, "SELECT answer FROM kept") == 42
        assert answers_to_redis(again)


def test_session_that_outlives_its_server_does_not_stop_a_new_one(local_settings):
    with leased_servers(local_settings) as settings, Busy(settings.database_url):
        os.kill(postgres_pid(local_settings.data_dir), signal.SIGKILL)

        assert revive_servers(settings) == ["PostgreSQL"]

        assert ask(settings.database_url, "SELECT 1") == 1


def test_process_number_given_out_again_is_not_taken_for_the_server(local_settings):
    with leased_servers(local_settings):
        pass
    # What a crash leaves behind, naming a process that lives: this one.
    stale = f"{os.getpid()}\n{local_settings.data_dir}/servers/postgres\n0\n5432\n"
    (local_settings.data_dir / "servers/postgres/postmaster.pid").write_text(stale)
    (local_settings.data_dir / "servers/redis.pid").write_text(f"{os.getpid()}\n")

    with leased_servers(local_settings) as settings:
        assert ask(settings.database_url, "SELECT 1") == 1
        assert answers_to_redis(settings)


def test_initialisation_cut_short_is_begun_again(local_settings):
    with leased_servers(local_settings):
        pass
    (local_settings.data_dir / "servers/postgres").rename(
        local_settings.data_dir / "servers/postgres.new"
    )

    with leased_servers(local_settings) as settings:
        assert ask(settings.database_url, "SELECT 1") == 1


def test_dead_servers_are_revived_while_leased(local_settings):
    with leased_servers(local_settings) as settings:
        assert revive_servers(settings) == []
        os.kill(postgres_pid(local_settings.data_dir), signal.SIGKILL)
        os.kill(redis_pid(local_settings.data_dir), signal.SIGKILL)

        assert revive_servers(settings) == ["PostgreSQL", "Redis"]

        assert ask(settings.database_url, "SELECT 1") == 1
        assert answers_to_redis(settings)


def test_a_server_that_dies_again_while_it_is_revived_is_a_problem_to_be_tried_again(
    local_settings, monkeypatch
):
    def die(_cursor):
        os.kill(postgres_pid(local_settings.data_dir), signal.SIGKILL)
        _cursor.execute("SELECT pg_sleep(10)")

    with leased_servers(local_settings) as settings:
        os.kill(postgres_pid(local_settings.data_dir), signal.SIGKILL)
        with monkeypatch.context() as patch:
            patch.setattr(postgres, "_ensure_database", die)
            with pytest.raises(RuntimeProblemError, match="while it was being prepared"):
                revive_servers(settings)

        assert revive_servers(settings) == ["PostgreSQL"]
        assert ask(settings.database_url, "SELECT 1") == 1


def test_forked_child_leaves_the_servers_to_its_parent(local_settings, in_child):
    with leased_servers(local_settings):
        block = leased_servers(local_settings)
        block.__enter__()
        assert in_child(lambda: block.__exit__(None, None, None)) == 0

        assert is_running(local_settings.data_dir)
        block.__exit__(None, None, None)


def test_held_settings_are_those_of_the_holder(local_settings):
    with leased_servers(local_settings) as leased:
        assert held_settings(local_settings) == leased


def test_long_data_dir_keeps_its_sockets_elsewhere(data_dir):
    long = data_dir / ("đường-dẫn-dài-" * 8) / "với khoảng trắng và 'nháy'"
    settings = load_settings({"DATA_DIR": str(long)})

    with leased_servers(settings) as first:
        assert ask(first.database_url, "SELECT 1") == 1
        assert answers_to_redis(first)
    with leased_servers(settings) as second:
        assert second == first

    sockets = Path((long / "servers-sockets").read_text())
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    sockets.rmdir()


def test_lost_socket_folder_is_replaced(data_dir):
    long = data_dir / ("x" * 100)
    settings = load_settings({"DATA_DIR": str(long)})
    with leased_servers(settings):
        pass
    lost = Path((long / "servers-sockets").read_text())
    lost.rmdir()
    lost.symlink_to("/tmp")

    with leased_servers(settings) as again:
        assert ask(again.database_url, "SELECT 1") == 1

    Path((long / "servers-sockets").read_text()).rmdir()
    lost.unlink()


def test_folder_of_another_account_is_refused(data_dir, local_settings, monkeypatch):
    with leased_servers(local_settings):
        pass
    monkeypatch.setattr(places, "can", lambda *_: False)

    with (
        pytest.raises(RuntimeProblemError, match="made by another account"),
        leased_servers(local_settings),
    ):
        pytest.fail("not refused")


@as_root
def test_root_does_not_run_the_servers(local_settings):
    with leased_servers(local_settings):
        for pid in (postgres_pid(local_settings.data_dir), redis_pid(local_settings.data_dir)):
            assert Path(f"/proc/{pid}").stat().st_uid == server_account().uid != 0


@as_root
def test_unreachable_data_dir_keeps_its_data_outside(data_dir, monkeypatch):
    base = data_dir.parent / "base"
    base.mkdir(0o755)
    monkeypatch.setattr(places, "BASES_FOR_ROOT", (base,))
    home = data_dir.parent / "root"
    home.mkdir(0o700)
    settings = load_settings({"DATA_DIR": str(home / "checkout/.data")})

    with leased_servers(settings) as first:
        execute(first.migration_database_url, "CREATE TABLE kept AS SELECT 42 AS answer")
    with leased_servers(settings) as second:
        assert ask(second.migration_database_url, "SELECT answer FROM kept") == 42

    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    outside = Path((home / "checkout/.data/servers-home").read_text())
    assert outside.is_relative_to(base)
    assert outside.stat().st_uid == server_account().uid


@as_root
def test_vanished_outside_folder_is_not_replaced_by_an_empty_one(data_dir):
    data_dir.mkdir()
    (data_dir / "servers-home").write_text(str(data_dir / "gone"))

    with (
        pytest.raises(RuntimeProblemError, match="is gone"),
        leased_servers(load_settings({"DATA_DIR": str(data_dir)})),
    ):
        pytest.fail("not refused")


@as_root
def test_ordinary_user_runs_the_servers_as_itself(data_dir, in_child):
    account = server_account()
    os.chown(data_dir.parent, account.uid, account.gid)
    settings = load_settings({"DATA_DIR": str(data_dir)})

    def use():
        with leased_servers(settings) as leased:
            assert ask(leased.database_url, "SELECT 1") == 1
            assert answers_to_redis(leased)
            assert data_dir.stat().st_uid == account.uid
        assert not is_running(data_dir)

    assert in_child(use, account) == 0


@as_root
def test_unreachable_programs_are_copied(data_dir, monkeypatch):
    monkeypatch.setattr(binaries, "can", lambda *_: False)
    monkeypatch.setattr(binaries, "machine_redis", lambda: None)
    software = data_dir / "software"
    account = server_account()

    programs = binaries.postgres_programs(account, software)
    redis = binaries.redis_program(account, software)

    assert programs.is_relative_to(software)
    for program in (programs / "postgres", programs / "initdb", redis):
        assert run_as(account, [program, "--version"]).returncode == 0
    assert binaries.postgres_programs(account, software) == programs
