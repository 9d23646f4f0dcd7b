from pathlib import Path

import pytest

from app.core.settings import SettingsError, load_settings, require_migration_url

KEY = "0123456789abcdef" * 4
FIELD_KEYS = "b:" + "A" * 43 + "=,a:" + "B" * 43
PRODUCTION = {
    "DATABASE_URL": "postgresql://app:secret-word@db/ketnap",
    "MIGRATION_DATABASE_URL": "postgres://owner:secret-word@db/ketnap",
    "REDIS_URL": "redis://queue:6379/0",
    "SECRET_KEY": KEY,
    "FIELD_KEYS": FIELD_KEYS,
}


def test_without_servers_it_runs_its_own():
    settings = load_settings({})

    assert settings.is_local
    assert settings.data_dir == Path.cwd() / ".data"
    assert settings.port == 8000
    assert settings.demo_password is None
    assert (settings.database_url, settings.redis_url, settings.secret_key) == ("", "", "")


def test_local_settings_are_read():
    settings = load_settings(
        {"DATA_DIR": "/srv/x", "PORT": "9000", "DEMO_PASSWORD": "p", "SECRET_KEY": KEY}
    )

    assert settings.is_local
    assert (settings.data_dir, settings.port) == (Path("/srv/x"), 9000)
    assert (settings.demo_password, settings.secret_key) == ("p", KEY)


def test_production_settings_are_read():
    settings = load_settings(PRODUCTION)

    assert not settings.is_local
    assert settings.database_url == "postgresql+psycopg2://app:secret-word@db/ketnap"
    assert settings.migration_database_url == "postgresql+psycopg2://owner:secret-word@db/ketnap"
    assert (settings.redis_url, settings.secret_key) == ("redis://queue:6379/0", KEY)


def test_serving_needs_no_owner_but_migrating_does():
    settings = load_settings({**PRODUCTION, "MIGRATION_DATABASE_URL": ""})

    with pytest.raises(SettingsError, match=r"MIGRATION_DATABASE_URL.*DATABASE_URL"):
        require_migration_url(settings)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"DATABASE_URL": ""}, "DATABASE_URL is not set.*MIGRATION_DATABASE_URL"),
        ({"REDIS_URL": ""}, "REDIS_URL is not set"),
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
        ({"FIELD_KEYS": ""}, "FIELD_KEYS is not set"),
        ({"FIELD_KEYS": "a:secret-word"}, "FIELD_KEYS cannot be read .key 1"),
        (
            {"FIELD_KEYS": f"a:{'A' * 43},a:{'B' * 43}"},
            "FIELD_KEYS cannot be read .two keys have one id",
        ),
        ({"SECRET_KEY": KEY[:31]}, "SECRET_KEY is shorter"),
        ({"SECRET_KEY": "changeme" * 5}, "SECRET_KEY is a well-known"),
        ({"SECRET_KEY": "my-Secret-Key-0123456789abcdefgh"}, "SECRET_KEY is a well-known"),
        ({"SECRET_KEY": "ab" * 20}, "SECRET_KEY is a well-known"),
        ({"DATABASE_URL": "mysql://app:secret-word@db/ketnap"}, "DATABASE_URL starts with"),
        ({"DATABASE_URL": "postgresql+psycopg://a:secret-word@db/k"}, "DATABASE_URL starts with"),
        ({"DATABASE_URL": "secret-word"}, "DATABASE_URL is not an address"),
        ({"DATABASE_URL": "postgresql://db/ketnap"}, "DATABASE_URL must name its role"),
        ({"DATABASE_URL": "postgresql://app@db"}, "DATABASE_URL must name .* its database"),
        ({"MIGRATION_DATABASE_URL": "sqlite:///x"}, "MIGRATION_DATABASE_URL starts with"),
        (
            {"MIGRATION_DATABASE_URL": "postgresql://app:other@db/ketnap"},
            "DATABASE_URL and MIGRATION_DATABASE_URL name the same role",
        ),
        ({"REDIS_URL": "queue:6379"}, "REDIS_URL must start with"),
        ({"PORT": "http"}, "PORT is 'http'"),
        ({"PORT": "0"}, "PORT is '0'"),
        ({"PORT": "65536"}, "PORT is '65536'"),
        ({"PORT": "٨٠٠٠"}, "PORT is"),
    ],
)
def test_missing_and_unsafe_settings_are_refused_by_name(changed, named):
    with pytest.raises(SettingsError, match=named) as refused:
        load_settings({**PRODUCTION, **changed})

    assert "secret-word" not in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"MIGRATION_DATABASE_URL": "postgresql://o:p@db/k"}, "DATABASE_URL is not"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is shorter"),
        ({"PORT": "x"}, "PORT"),
    ],
)
def test_local_mode_refuses_halfway_settings_too(environ, named):
    with pytest.raises(SettingsError, match=named):
        load_settings(environ)
