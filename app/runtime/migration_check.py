"""Checks that the migrations lead up, down and up again, and to what the models say."""

from app.core.settings import Settings
from app.runtime import schema
from app.runtime.errors import RuntimeProblemError
from app.runtime.throwaway import throwaway_servers

LONGEST_LINE = 200


def check_migrations() -> None:
    """Raise `RuntimeProblemError` unless the migrations are whole, on a server of their own."""
    schema.head()
    with throwaway_servers(is_migrated=False) as settings:
        _go_up(settings)
        schema.downgrade(settings, "base")
        left = schema.leftovers(settings)
        if left:
            raise RuntimeProblemError(f"Going down to nothing leaves behind: {', '.join(left)}.")
        _go_up(settings)


def _go_up(settings: Settings) -> None:
    schema.upgrade(settings)
    different = schema.differences(settings)
    if different:
        lines = "\n".join(str(difference)[:LONGEST_LINE] for difference in different)
        raise RuntimeProblemError(f"The models and the migrated database differ:\n{lines}")
