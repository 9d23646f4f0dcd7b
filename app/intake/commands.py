"""What people do with a file: send it, have it taken in, drop it, take it back.

The work itself is a worker's (`working.py`); these only say what is to be done.
"""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import PurePath

from sqlalchemy import ColumnElement, delete, insert, select, update

from app.audit.commands import Change, record, record_all
from app.core.clock import now
from app.core.database import db
from app.core.errors import Conflict
from app.core.messages import message
from app.core.sealing import field_keys
from app.core.text import clean
from app.imports.rules import SENT_FILES_KEPT_DAYS
from app.imports.workbooks import check_workbook, is_workbook
from app.intake.models import ImportFile, ImportRow
from app.intake.queries import SentFile, sent_file
from app.intake.rules import ENDED, FileState, file_name_of_seal
from app.tenants.context import Context
from app.units.queries import unit_in_scope

LONGEST_FILE_NAME = 120
FILES_AT_ONCE = 20


def send_file(context: Context, unit_id: int, file_name: str, content: bytes) -> int:
    """Keep a spreadsheet sent for a unit, to be checked by a worker; return its number.

    Refused at once when it is a workbook too big to be opened. The sender is a user.
    """
    if is_workbook(content):
        check_workbook(content)
    unit = unit_in_scope(context, unit_id)
    file_id = db.session.execute(
        insert(ImportFile)
        .values(
            tenant_id=context.tenant_id,
            unit_id=unit.id,
            path=unit.path,
            sender_id=context.actor.id,
            sender_name=context.actor.name,
            file_name=clean(PurePath(file_name.replace("\\", "/")).name)[:LONGEST_FILE_NAME],
            state=FileState.SENT,
        )
        .returning(ImportFile.id)
    ).scalar_one()
    sealed = field_keys().seal(content, file_name_of_seal(file_id))
    db.session.execute(
        update(ImportFile)
        .where(ImportFile.tenant_id == context.tenant_id, ImportFile.id == file_id)
        .values(content=sealed),
        execution_options={"synchronize_session": False},
    )
    _note(context, file_id, unit.path, "import.sent", unit=unit.code, bytes=len(content))
    return file_id


def accept_file(context: Context, file_id: int, *, takes_duplicates: bool) -> None:
    """Have the good rows of a checked file taken in, and if wanted those like somebody known."""
    file = _held(context, file_id, FileState.CHECKED)
    _set_state(context, file_id, FileState.ACCEPTED, takes_duplicates=takes_duplicates, done=0)
    _note(context, file_id, file.path, "import.accepted", duplicates=takes_duplicates)


def withdraw_file(context: Context, file_id: int) -> None:
    """Have everything that a file brought taken back, but what somebody has changed since."""
    file = _held(context, file_id, FileState.DONE)
    if file.cleared_at is not None:
        raise Conflict(
            message("Các dòng của tệp này đã được xoá vì hết hạn lưu, nên không hoàn tác được nữa.")
        )
    _set_state(context, file_id, FileState.WITHDRAWN, done=0)
    _note(context, file_id, file.path, "import.withdrawn")


def drop_file(context: Context, file_id: int) -> None:
    """Forget a checked file of which nothing was taken in."""
    file = _held(context, file_id, FileState.CHECKED)
    _delete_rows(context, [file_id])
    _set_state(context, file_id, FileState.DROPPED, content=None, ended_at=now())
    _note(context, file_id, file.path, "import.dropped")


def drop_undecided_files(context: Context) -> int:
    """Drop a batch of checked files that nobody decided on in the time that is allowed."""
    limit = now() - timedelta(days=SENT_FILES_KEPT_DAYS)
    return _clear(
        context,
        (ImportFile.state == FileState.CHECKED, ImportFile.sent_at < limit),
        "import.expired",
        state=FileState.DROPPED,
        ended_at=now(),
    )


def clear_old_files(context: Context) -> int:
    """Clear the rows of a batch of files whose work ended long ago; people taken in stay."""
    limit = now() - timedelta(days=SENT_FILES_KEPT_DAYS)
    return _clear(
        context,
        (
            ImportFile.state.in_(ENDED),
            ImportFile.ended_at < limit,
            ImportFile.cleared_at.is_(None),
        ),
        "import.cleared",
    )


def _clear(
    context: Context, which: Sequence[ColumnElement[bool]], action: str, **values: object
) -> int:
    files = db.session.execute(
        select(ImportFile.id, ImportFile.path)
        .where(ImportFile.tenant_id == context.tenant_id, *which)
        .order_by(ImportFile.id)
        .limit(FILES_AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    if not files:
        return 0
    file_ids = [file.id for file in files]
    _delete_rows(context, file_ids)
    db.session.execute(
        update(ImportFile)
        .where(ImportFile.tenant_id == context.tenant_id, ImportFile.id.in_(file_ids))
        # What was noted of a file may repeat what stood in it.
        .values(content=None, notes=[], cleared_at=now(), **values),
        execution_options={"synchronize_session": False},
    )
    record_all(context, [Change(action, "import", file.id, path=file.path) for file in files])
    return len(files)


def _delete_rows(context: Context, file_ids: Sequence[int]) -> None:
    db.session.execute(
        delete(ImportRow).where(
            ImportRow.tenant_id == context.tenant_id, ImportRow.file_id.in_(file_ids)
        ),
        execution_options={"synchronize_session": False},
    )


def record_export(context: Context, file_id: int, rows: int) -> None:
    """Note in the trail that rejected rows, which hold what is known of people, were taken out."""
    file = sent_file(context, file_id)
    _note(context, file_id, file.path, "import.rejects_exported", rows=rows)


def _held(context: Context, file_id: int, state: FileState) -> SentFile:
    db.session.execute(
        select(ImportFile.id)
        .where(ImportFile.tenant_id == context.tenant_id, ImportFile.id == file_id)
        .with_for_update()
    )
    file = sent_file(context, file_id)
    if file.state is not state:
        raise Conflict(message("Tệp này vừa được xử lý ở nơi khác; hãy mở lại trang."))
    return file


def _set_state(context: Context, file_id: int, state: FileState, **values: object) -> None:
    db.session.execute(
        update(ImportFile)
        .where(ImportFile.tenant_id == context.tenant_id, ImportFile.id == file_id)
        .values(state=state, **values),
        execution_options={"synchronize_session": False},
    )


def _note(context: Context, file_id: int, path: str, action: str, **after: object) -> None:
    record(context, Change(action, "import", file_id, after=after, path=path))
