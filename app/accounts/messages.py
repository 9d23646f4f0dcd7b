"""What the database's refusals about accounts mean to people."""

from app.core.constraints import explain
from app.core.messages import message


def explain_constraints() -> None:
    """Name each constraint that a person can run into."""
    taken = message("Tên đăng nhập này đã có người dùng. Hãy chọn tên khác.")
    for constraint in (
        "pk_login_name",
        "uq_user_account_tenant_id_login_name",
        "uq_operator_login_name",
    ):
        explain(constraint, taken)
    explain("ex_role_grant_once", message("Người này đã có vai trò đó ở tổ chức này."))
