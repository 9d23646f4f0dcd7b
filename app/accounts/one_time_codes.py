"""The codes of a second factor: six digits of an app (TOTP, RFC 6238) and printed recovery codes.

Pure but for chance. Secrets are sealed and counted by `second_factor`.
"""

import hmac
import secrets
from datetime import datetime

import pyotp
import segno
from markupsafe import Markup

from app.accounts.passwords import GENERATED_ALPHABET

ISSUER = "Chỉ tiêu kết nạp"
CODE_LENGTH = 6
STEP_SECONDS = 30
STEPS_TO_EITHER_SIDE = 1
"""The clock of a phone may be half a minute off."""

RECOVERY_CODES = 10
RECOVERY_GROUPS = 2
RECOVERY_GROUP_LENGTH = 5
_SEPARATORS = str.maketrans("", "", " -.")


def new_secret() -> str:
    """Return a new secret of 160 random bits, in the letters that apps take."""
    return pyotp.random_base32()


def step_of(at: datetime) -> int:
    """Return the number of the time step of an instant."""
    return int(at.timestamp()) // STEP_SECONDS


def accepted_step(secret: str, typed: str, at: datetime, after: int | None) -> int | None:
    """Return the time step whose code was typed, None for a wrong one.

    A step up to `after` is used up: its code was taken before, or is older than one that was.
    """
    code = plain_code(typed)
    now = step_of(at)
    generator = pyotp.TOTP(secret, digits=CODE_LENGTH, interval=STEP_SECONDS)
    found = None
    # Every step is compared, however early one matches, so that the time taken says nothing.
    for step in range(now - STEPS_TO_EITHER_SIDE, now + STEPS_TO_EITHER_SIDE + 1):
        is_code = hmac.compare_digest(generator.generate_otp(step).encode(), code.encode())
        if is_code and (after is None or step > after):
            found = step
    return found


def plain_code(typed: str) -> str:
    """Return a code as it is compared: without what groups it, in small letters."""
    return typed.translate(_SEPARATORS).lower()


def is_of_an_app(typed: str) -> bool:
    """Tell whether something typed has the form of an app's code rather than of a recovery code."""
    code = plain_code(typed)
    return len(code) == CODE_LENGTH and code.isascii() and code.isdigit()


def new_recovery_codes() -> tuple[str, ...]:
    """Return new recovery codes that can be read from paper, about 50 random bits each."""
    return tuple(
        "-".join(
            "".join(secrets.choice(GENERATED_ALPHABET) for _ in range(RECOVERY_GROUP_LENGTH))
            for _ in range(RECOVERY_GROUPS)
        )
        for _ in range(RECOVERY_CODES)
    )


def address_for_apps(secret: str, login_name: str) -> str:
    """Return the address by which an app takes the secret in."""
    return pyotp.TOTP(secret).provisioning_uri(name=login_name, issuer_name=ISSUER)


def picture(address: str) -> Markup:
    """Draw an address as a QR code: an SVG without a style, as the security policy asks."""
    drawn = segno.make(address, error="m").svg_inline(
        scale=5, border=3, light="#fff", svgclass="qr-code", lineclass=None, omitsize=True
    )
    return Markup(drawn)  # noqa: S704 it holds squares alone
