"""How the privacy package joins the program."""

from flask import Flask

from app.core.constraints import explain
from app.core.messages import message
from app.privacy import jobs  # noqa: F401 importing registers the jobs
from app.privacy.cli import key_commands, privacy_commands
from app.privacy.handlers import subscribe_handlers
from app.privacy.notices import processing_notice
from app.privacy.views import pages


def install(app: Flask) -> None:
    """Register the pages, the commands and the jobs; listen for approvals."""
    app.register_blueprint(pages)
    app.cli.add_command(privacy_commands)
    app.cli.add_command(key_commands)
    subscribe_handlers()
    app.jinja_env.globals["processing_notice"] = processing_notice
    explain(
        "uq_private_detail_tenant_id_identity_index",
        message("Có thể trùng: số căn cước này đã có ở một hồ sơ khác; hãy hỏi cấp trên."),
    )
