"""Keeping the embedded server's backups, where BACKUP_DIR asks for them.

Real servers have their own ways (docs/operations.md); here nothing is done about them.
"""

from datetime import UTC, datetime, timedelta

from flask import current_app

from app.core.jobs import every, job
from app.core.settings import Settings
from app.runtime.backups import (
    carry_off_wal,
    forget_old_backups,
    newest_backup,
    take_backup,
)

CARRY_OFF_EVERY_SECONDS = 30
LONGEST_COPYING_SECONDS = 3600
COPY_EVERY = timedelta(days=1)
KEEP_DAYS = 14


@every(seconds=CARRY_OFF_EVERY_SECONDS)
@job(queue="default", timeout_seconds=LONGEST_COPYING_SECONDS)
def keep_backups() -> None:
    """Carry off the finished pieces of the log; once a day copy the whole and drop old copies."""
    settings: Settings = current_app.config["SETTINGS"]
    if not settings.is_local or settings.backup_dir is None:
        return
    newest = newest_backup(settings)
    if newest is None or datetime.now(UTC) - newest > COPY_EVERY:
        take_backup(settings)
        forget_old_backups(settings, keep_days=KEEP_DAYS)
    carry_off_wal(settings)
