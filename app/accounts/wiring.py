"""How the accounts package joins the program."""

from flask import Flask

from app.accounts import (  # noqa: F401 they add to the pages
    factor_views,
    jobs,
    standing_in_views,
)
from app.accounts.access import install_access
from app.accounts.cli import operator_commands, user_commands
from app.accounts.limits import install_limits
from app.accounts.navigation import shell_context
from app.accounts.views import keep_language_choice, pages
from app.core.constraints import explain
from app.core.messages import message


def install(app: Flask) -> None:
    """Register guards, limits, pages, what is around every page, commands and jobs."""
    install_limits(app)
    install_access(app)
    app.before_request(keep_language_choice)
    app.context_processor(shell_context)
    app.register_blueprint(pages)
    app.cli.add_command(user_commands)
    app.cli.add_command(operator_commands)
    _explain_constraints()


def _explain_constraints() -> None:
    """Say what the database refuses where two people act at once."""
    taken = message("Tên đăng nhập này đã có người dùng. Hãy chọn tên khác.")
    for constraint in (
        "pk_login_name",
        "uq_user_account_tenant_id_login_name",
        "uq_operator_login_name",
    ):
        explain(constraint, taken)
    explain("ex_role_grant_once", message("Người này đã có vai trò đó ở tổ chức này."))
