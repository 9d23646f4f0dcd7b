"""The context of the running request."""

from flask import g

from app.tenants.context import Context


def current_context() -> Context:
    """Return the context that the signed-in session has given this request."""
    context: Context = g.context
    return context
