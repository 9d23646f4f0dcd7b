"""How the countersigning package joins the program."""

from flask import Flask

from app.core.constraints import explain
from app.core.errors import Conflict, NotAllowed
from app.core.messages import message
from app.countersigning import jobs  # noqa: F401 importing registers the job
from app.countersigning.cli import two_people_commands
from app.countersigning.views import pages


def install(app: Flask) -> None:
    """Register the pages, the command and the job; say what the database refuses."""
    app.register_blueprint(pages)
    app.cli.add_command(two_people_commands)
    own = message("Không ai tự duyệt đề nghị của mình. Hãy nhờ người khác.")
    for name in ("nobody_answers_their_own", "nor_through_who_stands_in"):
        explain(f"ck_countersigned_act_{name}", own, NotAllowed)
    explain(
        "countersigned_act_is_kept",
        message("Đề nghị này đã xong hoặc đã hết hạn."),
        Conflict,
    )
