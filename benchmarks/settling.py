"""What the database does by itself in time, done at once."""

from sqlalchemy import create_engine, text

from app.core.settings import Settings


def settle(settings: Settings) -> None:
    """Do at once what autovacuum does within minutes of loading."""
    engine = create_engine(settings.migration_database_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("VACUUM ANALYZE"))
    engine.dispose()
