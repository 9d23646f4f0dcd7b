"""One request is one transaction, committed here and nowhere else.

A response below 400 commits; everything else, and every exception, rolls back.
"""

from typing import Any

from flask import Response
from flask.typing import ResponseReturnValue

from app.core.database import db
from app.web.addresses import KeepsAddresses

_FIRST_ERROR = 400


class Application(KeepsAddresses):
    """Flask, with the end of the transaction inside the part whose exceptions are handled."""

    def dispatch_request(self) -> ResponseReturnValue:
        """Call the view, then commit or roll back by its status."""
        response = self.make_response(super().dispatch_request())
        _finish(response)
        return response

    def handle_user_exception(self, e: Exception) -> Any:  # noqa: ANN401 as in Flask
        """Leave nothing of the failed transaction to the page that explains it."""
        db.session.rollback()
        return super().handle_user_exception(e)


def _finish(response: Response) -> None:
    if response.status_code >= _FIRST_ERROR:
        db.session.rollback()
        return
    db.session.commit()
