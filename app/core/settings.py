"""The program's settings, read once from the environment and checked before anything starts."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from app.core.sealing import read_keys

DEFAULT_DATA_DIR = ".data"
DEFAULT_PORT = 8000
HIGHEST_PORT = 65535
SHORTEST_SECRET_KEY = 32
SHORTEST_METRICS_TOKEN = 24
FEWEST_DISTINCT_CHARACTERS = 8
PLACEHOLDERS_OF_SECRET_KEYS = ("changeme", "change-me", "secret-key", "secretkey", "insecure")
DRIVER = "postgresql+psycopg2"
POSTGRESQL_SCHEMES = ("postgres", "postgresql", DRIVER)
REDIS_SCHEMES = ("redis://", "rediss://", "unix://")
SMTP_SCHEMES = ("smtp://", "smtps://")


class SettingsError(Exception):
    """A setting is missing or unsafe; the message names it and says what to do."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the program needs to know of the machine it runs on.

    `is_local` means embedded servers: until they are leased, their addresses
    and secrets are empty. `migration_database_url` may be empty in production,
    where only migrating needs it. Without `smtp_url` no e-mail is sent.
    """

    database_url: str
    migration_database_url: str
    redis_url: str
    data_dir: Path
    port: int
    secret_key: str
    field_keys: str
    demo_password: str | None
    is_local: bool
    smtp_url: str = ""
    mail_from: str = ""
    metrics_token: str = ""
    backup_dir: Path | None = None


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings, refusing with `SettingsError` what is missing or unsafe.

    Without DATABASE_URL and REDIS_URL the program runs its own servers.
    """
    is_local = not environ.get("DATABASE_URL") and not environ.get("REDIS_URL")
    shared = _Shared(
        data_dir=_data_dir(environ),
        port=_port(environ.get("PORT") or str(DEFAULT_PORT)),
        demo_password=environ.get("DEMO_PASSWORD") or None,
        smtp_url=_smtp_url(environ),
        mail_from=environ.get("MAIL_FROM", ""),
        metrics_token=_metrics_token(environ.get("METRICS_TOKEN", "")),
        backup_dir=Path(given).resolve() if (given := environ.get("BACKUP_DIR")) else None,
    )
    if is_local:
        return _local_settings(environ, shared)
    return _production_settings(environ, shared)


def load_keeper_settings(environ: Mapping[str, str]) -> Settings:
    """Read what the account of a server of one's own needs to keep its backups: where, which keys.

    It holds BACKUP_KEYS alone: who owns the data files must not hold the keys of what is sealed
    inside them.
    """
    if not environ.get("BACKUP_DIR"):
        raise SettingsError("BACKUP_DIR is not set: name the folder of the sealed copies.")
    return Settings(
        database_url="",
        migration_database_url="",
        redis_url="",
        data_dir=_data_dir(environ),
        port=DEFAULT_PORT,
        secret_key="",
        field_keys=_field_keys(environ.get("BACKUP_KEYS", ""), "BACKUP_KEYS"),
        demo_password=None,
        is_local=False,
        backup_dir=Path(environ["BACKUP_DIR"]).resolve(),
    )


@dataclass(frozen=True)
class _Shared:
    data_dir: Path
    port: int
    demo_password: str | None
    smtp_url: str
    mail_from: str
    metrics_token: str
    backup_dir: Path | None


def _local_settings(environ: Mapping[str, str], shared: _Shared) -> Settings:
    if environ.get("MIGRATION_DATABASE_URL"):
        raise SettingsError(
            "MIGRATION_DATABASE_URL is set but DATABASE_URL is not: set DATABASE_URL "
            "(the unprivileged role), MIGRATION_DATABASE_URL (the owner's role) and REDIS_URL "
            "to use your own servers, or none of them to use the embedded ones."
        )
    given_key = environ.get("SECRET_KEY", "")
    given_field_keys = environ.get("FIELD_KEYS", "")
    return Settings(
        database_url="",
        migration_database_url="",
        redis_url="",
        data_dir=shared.data_dir,
        port=shared.port,
        secret_key=_secret_key(given_key) if given_key else "",
        field_keys=_field_keys(given_field_keys) if given_field_keys else "",
        demo_password=shared.demo_password,
        metrics_token=shared.metrics_token,
        backup_dir=shared.backup_dir,
        is_local=True,
        smtp_url=shared.smtp_url,
        mail_from=shared.mail_from,
    )


def _production_settings(environ: Mapping[str, str], shared: _Shared) -> Settings:
    database_url = _database_url(environ, "DATABASE_URL")
    migration_database_url = ""
    if environ.get("MIGRATION_DATABASE_URL"):
        migration_database_url = _database_url(environ, "MIGRATION_DATABASE_URL")
        _refuse_one_role(database_url, migration_database_url)
    return Settings(
        database_url=database_url,
        migration_database_url=migration_database_url,
        redis_url=_redis_url(environ),
        data_dir=shared.data_dir,
        port=shared.port,
        secret_key=_secret_key(environ.get("SECRET_KEY", "")),
        field_keys=_field_keys(environ.get("FIELD_KEYS", "")),
        demo_password=shared.demo_password,
        metrics_token=shared.metrics_token,
        backup_dir=shared.backup_dir,
        is_local=False,
        smtp_url=shared.smtp_url,
        mail_from=shared.mail_from,
    )


def require_migration_url(settings: Settings) -> str:
    """Return the owner's address, without which nothing may be migrated."""
    if not settings.migration_database_url:
        raise SettingsError(
            "MIGRATION_DATABASE_URL is not set: migrating needs the role that owns the tables, "
            "beside DATABASE_URL, the unprivileged role that serves."
        )
    return settings.migration_database_url


def _data_dir(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("DATA_DIR") or DEFAULT_DATA_DIR).resolve()


def _port(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 0 < int(text) <= HIGHEST_PORT:
        raise SettingsError(f"PORT is {text!r}: give a whole number from 1 to {HIGHEST_PORT}.")
    return int(text)


def _database_url(environ: Mapping[str, str], name: str) -> str:
    given = environ.get(name, "")
    if not given:
        raise SettingsError(
            f"{name} is not set: with REDIS_URL set, the program needs DATABASE_URL "
            "(the unprivileged role) and, to migrate, MIGRATION_DATABASE_URL (the owner's role)."
        )
    # Neither message repeats the address, which holds a password.
    try:
        url = make_url(given)
    except ArgumentError:
        raise SettingsError(f"{name} is not an address that can be read.") from None
    if url.drivername not in POSTGRESQL_SCHEMES:
        raise SettingsError(f"{name} starts with {url.drivername!r}: give a postgresql:// address.")
    if not url.username or not url.database:
        raise SettingsError(f"{name} must name its role and its database.")
    # A bare postgresql:// would pick psycopg 3, which is not installed.
    return _rendered(url.set(drivername=DRIVER))


def _rendered(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def _refuse_one_role(database_url: str, migration_database_url: str) -> None:
    if make_url(database_url).username == make_url(migration_database_url).username:
        raise SettingsError(
            "DATABASE_URL and MIGRATION_DATABASE_URL name the same role: DATABASE_URL must be "
            "an unprivileged role, since an owner is not held by row-level security."
        )


def _redis_url(environ: Mapping[str, str]) -> str:
    given = environ.get("REDIS_URL", "")
    if not given:
        raise SettingsError("REDIS_URL is not set: with DATABASE_URL set it must be given too.")
    if not given.startswith(REDIS_SCHEMES):
        raise SettingsError("REDIS_URL must start with redis://, rediss:// or unix://.")
    return given


def _smtp_url(environ: Mapping[str, str]) -> str:
    given = environ.get("SMTP_URL", "")
    if not given:
        return ""
    # Neither message repeats the address, which may hold a password.
    if not given.startswith(SMTP_SCHEMES) or not urlsplit(given).hostname:
        raise SettingsError("SMTP_URL must start with smtp:// or smtps:// and name a host.")
    if "@" not in environ.get("MAIL_FROM", ""):
        raise SettingsError("MAIL_FROM is not set: SMTP_URL needs the address that mail is from.")
    return given


def _secret_key(given: str) -> str:
    how_to = 'make one with: python3 -c "import secrets; print(secrets.token_hex(32))"'
    if not given:
        raise SettingsError(f"SECRET_KEY is not set: {how_to}")
    if len(given) < SHORTEST_SECRET_KEY:
        raise SettingsError(
            f"SECRET_KEY is shorter than {SHORTEST_SECRET_KEY} characters: {how_to}"
        )
    folded = given.lower()
    is_placeholder = any(word in folded for word in PLACEHOLDERS_OF_SECRET_KEYS)
    if is_placeholder or len(set(given)) < FEWEST_DISTINCT_CHARACTERS:
        raise SettingsError(f"SECRET_KEY is a well-known or guessable text: {how_to}")
    return given


def _metrics_token(given: str) -> str:
    if given and (len(given) < SHORTEST_METRICS_TOKEN or not given.isascii()):
        raise SettingsError(
            f"METRICS_TOKEN is shorter than {SHORTEST_METRICS_TOKEN} plain characters: "
            'make one with: python3 -c "import secrets; print(secrets.token_urlsafe(32))"'
        )
    return given


def _field_keys(given: str, name: str = "FIELD_KEYS") -> str:
    how_to = (
        "write id:secret, the newest first, with a secret from: "
        'python3 -c "import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())"'
    )
    if not given:
        raise SettingsError(f"{name} is not set: {how_to}")
    try:
        read_keys(given)
    except ValueError as error:
        raise SettingsError(f"{name} cannot be read ({error}): {how_to}") from None
    return given
