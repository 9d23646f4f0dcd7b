"""What the database's refusals mean to people: the one place where they are translated.

Each package names its constraints with a message; anything unnamed is a fault of the program and
goes on as it is.
"""

from psycopg2.errors import Error as DriverError
from sqlalchemy.exc import DBAPIError

from app.core.errors import AppError, Conflict, Refused
from app.core.messages import Message, message

# One of two transactions that waited for each other, or that no order explains, has to give way.
_GAVE_WAY = ("40001", "40P01")

_meanings: dict[str, tuple[type[AppError], Message]] = {}


def explain(constraint: str, meaning: Message, error: type[AppError] = Refused) -> None:
    """Say what a violation of a constraint (or of NOT NULL, as 'table.column') means."""
    _meanings[constraint] = (error, meaning)


def translate(error: DBAPIError) -> AppError | None:
    """Return the error to tell people, or None when the violation has no meaning to them."""
    driver_error = error.orig
    if not isinstance(driver_error, DriverError):
        return None
    if driver_error.pgcode in _GAVE_WAY:
        return Conflict(message("Có người khác lưu cùng lúc nên chưa ghi được; hãy thử lại."))
    diagnostics = driver_error.diag
    name = diagnostics.constraint_name or f"{diagnostics.table_name}.{diagnostics.column_name}"
    if name not in _meanings:
        return None
    error_type, meaning = _meanings[name]
    return error_type(meaning)
