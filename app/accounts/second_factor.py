"""The second factor of an account: enrolling, showing a code, recovery codes, starting anew.

Users and operators keep the same columns, so each function serves both. Whatever is done by users
is in the trail, by operators in the log.
"""

import logging
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

from markupsafe import Markup
from sqlalchemy import ColumnElement, Row, Update, select, update

from app.accounts.grants import refuse_mightier, refuse_oneself
from app.accounts.models import (
    OPERATOR_SEALED_AS,
    USER_SEALED_AS,
    Operator,
    UserAccount,
)
from app.accounts.one_time_codes import (
    accepted_step,
    address_for_apps,
    is_of_an_app,
    new_recovery_codes,
    new_secret,
    picture,
    plain_code,
)
from app.accounts.passwords import is_password
from app.accounts.principal import Membership, Principal
from app.accounts.queries import user_in_scope
from app.accounts.rules import plain_login_name
from app.accounts.sessions import (
    end_all_sessions,
    end_operator_sessions,
    end_sessions,
    renew_session,
)
from app.audit.commands import Change, record
from app.core import clock
from app.core.database import db
from app.core.errors import NotFound, refused_at
from app.core.messages import message
from app.core.sealing import SealBrokenError, field_keys
from app.tenants.context import Context

RECOVERY = "recovery code"
WRONG_CODE = message("Mã không đúng hoặc đã dùng. Hãy chờ mã mới trên điện thoại rồi nhập lại.")

_log = logging.getLogger(__name__)

NO_FACTOR: dict[str, object] = {
    "factor_sealed": None,
    "factor_since": None,
    "factor_step": None,
    "recovery_indexes": [],
}


@dataclass(frozen=True)
class Enrolment:
    """A secret that waits for its first code. `sealed` goes through the form: nothing is kept."""

    secret: str
    sealed: str
    picture: Markup


def begin_enrolment(principal: Principal, sealed: str | None = None) -> Enrolment:
    """Return a new secret to take into an app, or the one that a form has brought back."""
    secret = _opened(principal, sealed) if sealed else new_secret()
    return Enrolment(
        secret,
        sealed or _text(_seal(principal, secret)),
        picture(address_for_apps(secret, principal.login_name)),
    )


def enrol(principal: Principal, sealed: str, typed: str) -> tuple[Membership, tuple[str, ...]]:
    """Keep a secret once its first code was shown; return a new session and the recovery codes.

    All older sessions end.
    """
    secret = _opened(principal, sealed)
    step = accepted_step(secret, typed, clock.now(), after=None)
    if step is None:
        raise refused_at("code", WRONG_CODE)
    codes = new_recovery_codes()
    _change(
        principal,
        factor_sealed=_seal(principal, secret),
        factor_since=clock.now(),
        factor_step=step,
        recovery_indexes=[_index(principal, code) for code in codes],
    )
    _tell(principal, "second_factor_enrolled")
    end_all_sessions(principal, but=principal.session_id)
    return renew_session(principal, is_verified=True), codes


def show_code(principal: Principal, typed: str) -> Membership | None:
    """Return a new session for who shows a code of the app or a recovery code; None for a guess.

    Each code is taken once.
    """
    if not _takes(principal, typed):
        _tell(principal, "second_factor_failed")
        return None
    _tell(principal, "second_factor_shown")
    return renew_session(principal, is_verified=True)


def prove(principal: Principal, password: str, typed: str) -> Membership | None:
    """Return a new token for who types the password again, and a code where there is a factor."""
    kept = _kept(principal)
    is_proved = is_password(kept.password_hash, password)
    if is_proved and principal.has_factor:
        is_proved = _takes(principal, typed)
    if not is_proved:
        _tell(principal, "proof_failed")
        return None
    _tell(principal, "proved")
    return renew_session(principal)


def renew_recovery_codes(principal: Principal) -> tuple[str, ...]:
    """Return new recovery codes; the ones before open nothing any more."""
    if not principal.has_factor:
        raise NotFound(message("Tài khoản này chưa bật xác thực hai bước."))
    codes = new_recovery_codes()
    _change(principal, recovery_indexes=[_index(principal, code) for code in codes])
    _tell(principal, "recovery_codes_renewed")
    return codes


def number_of_recovery_codes(principal: Principal) -> int:
    """Return how many recovery codes are left."""
    return len(_kept(principal).recovery_indexes)


def reset_second_factor(context: Context, user_id: int) -> None:
    """Take a user's second factor away; the next sign-in asks for a new one where it is needed."""
    refuse_oneself(context, user_id)
    refuse_mightier(context, user_in_scope(context, user_id))
    db.session.execute(
        update(UserAccount)
        .where(UserAccount.tenant_id == context.tenant_id, UserAccount.id == user_id)
        .values(**NO_FACTOR)
    )
    record(context, Change("user.second_factor_reset", "user", user_id))
    end_sessions(context, user_id)


def reset_operator_second_factor(login_name: str) -> None:
    """Take an operator's second factor away. Done on the server alone."""
    operator_id = db.session.execute(
        update(Operator)
        .where(Operator.login_name == plain_login_name(login_name))
        .values(**NO_FACTOR)
        .returning(Operator.id)
    ).scalar()
    if operator_id is None:
        raise NotFound(message("Không tìm thấy tài khoản này."))
    end_operator_sessions(operator_id)
    _log.info("operator %d: second factor reset", operator_id)


def _takes(principal: Principal, typed: str) -> bool:
    """Use up the code that was typed; False where it is none."""
    kept = _kept(principal)
    if kept.factor_sealed is None:
        return False
    if is_of_an_app(typed):
        secret = field_keys().open(kept.factor_sealed, _seal_name(principal)).decode()
        step = accepted_step(secret, typed, clock.now(), after=kept.factor_step)
        if step is not None:
            _change(principal, factor_step=step)
        return step is not None
    used = set(field_keys().indexes(RECOVERY, _index_text(principal, typed)))
    left = [index for index in kept.recovery_indexes if bytes(index) not in used]
    if len(left) == len(kept.recovery_indexes):
        return False
    _change(principal, recovery_indexes=left)
    _tell(principal, "recovery_code_used")
    return True


def _kept(principal: Principal) -> Row[str, bytes | None, int | None, list[bytes]]:
    """Return what is kept of the account, which nobody else changes until the end."""
    account = _model(principal)
    return db.session.execute(
        select(
            account.password_hash,
            account.factor_sealed,
            account.factor_step,
            account.recovery_indexes,
        )
        .where(*_own(principal))
        .with_for_update()
    ).one()


def _change(principal: Principal, **values: object) -> None:
    statement: Update = update(_model(principal)).where(*_own(principal)).values(**values)
    db.session.execute(statement)


def _model(principal: Principal) -> type[UserAccount] | type[Operator]:
    return Operator if principal.is_operator else UserAccount


def _own(principal: Principal) -> tuple[ColumnElement[bool], ...]:
    if principal.context is None or principal.is_operator:
        return (Operator.id == principal.id,)
    return (
        UserAccount.tenant_id == principal.context.tenant_id,
        UserAccount.id == principal.id,
    )


def _tell(principal: Principal, happened: str) -> None:
    if principal.context is None or principal.is_operator:
        _log.info("operator %d: %s", principal.id, happened)
        return
    record(principal.context, Change(f"user.{happened}", "user", principal.id))


def _seal_name(principal: Principal) -> str:
    name = OPERATOR_SEALED_AS if principal.is_operator else USER_SEALED_AS
    return name.format(id=principal.id)


def _seal(principal: Principal, secret: str) -> bytes:
    return field_keys().seal(secret.encode(), _seal_name(principal))


def _opened(principal: Principal, sealed: str) -> str:
    try:
        return field_keys().open(urlsafe_b64decode(sealed), _seal_name(principal)).decode()
    except (SealBrokenError, ValueError):
        raise refused_at("code", message("Trang đã cũ. Hãy tải lại trang rồi quét lại.")) from None


def _text(sealed: bytes) -> str:
    return urlsafe_b64encode(sealed).decode()


def _index(principal: Principal, code: str) -> bytes:
    return field_keys().index(RECOVERY, _index_text(principal, code))


def _index_text(principal: Principal, code: str) -> str:
    return f"{_seal_name(principal)}:{plain_code(code)}"
