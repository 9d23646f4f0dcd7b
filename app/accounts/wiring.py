"""How the accounts package joins the program."""

from flask import Flask

from app.accounts.access import install_access
from app.accounts.cli import operators, users
from app.accounts.limits import install_limits
from app.accounts.messages import explain_constraints
from app.accounts.navigation import shell_context
from app.accounts.views import keep_language_choice, pages


def install(app: Flask) -> None:
    """Register this package's pages, commands and handlers."""
    explain_constraints()
    install_limits(app)
    install_access(app)
    app.before_request(keep_language_choice)
    app.context_processor(shell_context)
    app.register_blueprint(pages)
    app.cli.add_command(users)
    app.cli.add_command(operators)
