"""The one error that running the program on this machine raises."""

from sqlalchemy.exc import DBAPIError


class RuntimeProblemError(Exception):
    """The machine does not let the program run; the message says why and what to do."""


def database_problem(error: DBAPIError) -> RuntimeProblemError:
    """Return a database's refusal in one line."""
    return RuntimeProblemError(f"The database could not be used: {_first_line(error)}")


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).partition("\n")[0]
