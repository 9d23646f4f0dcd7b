"""Sending e-mail by the server that the environment names; without one nothing is sent.

Called by jobs alone, after what is told has been committed. Sending is not taken back: whoever
sends keeps the letter until the server has taken it, and gives it the same `Message-ID` each time.
"""

import smtplib
import ssl
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from flask import current_app

from app.core.settings import Settings

ANSWER_SECONDS = 20
_PORTS = {"smtp": 587, "smtps": 465}


class MailUnavailable(Exception):
    """The server does not take the letter now; trying again later may work."""


@dataclass(frozen=True)
class Mail:
    """A letter in plain text. `key` names it for good."""

    to: str
    subject: str
    body: str
    key: str


def is_configured() -> bool:
    """Tell whether the environment names a server."""
    return bool(_settings().smtp_url)


def send_mail(mail: Mail) -> None:
    """Hand a letter to the server; `MailUnavailable` when it does not take it.

    `smtp` begins a protected connection where the server offers one, and never sends a password
    without; `smtps` is protected from the first byte.
    """
    settings = _settings()
    server = urlsplit(settings.smtp_url)
    host, port = server.hostname or "", server.port or _PORTS[server.scheme]
    trust = ssl.create_default_context()
    try:
        with (
            smtplib.SMTP_SSL(host, port, timeout=ANSWER_SECONDS, context=trust)
            if server.scheme == "smtps"
            else smtplib.SMTP(host, port, timeout=ANSWER_SECONDS)
        ) as connection:
            connection.ehlo()
            if server.scheme == "smtp" and connection.has_extn("starttls"):
                connection.starttls(context=trust)
                connection.ehlo()
            elif server.scheme == "smtp" and server.username:
                raise MailUnavailable("the server offers no protected connection for the password")
            if server.username:
                connection.login(unquote(server.username), unquote(server.password or ""))
            connection.send_message(_message(mail, settings.mail_from))
    except (OSError, smtplib.SMTPException) as error:
        # The server's own words may hold the address; its kind is enough for whoever looks.
        raise MailUnavailable(type(error).__name__) from error


def _message(mail: Mail, sender: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = Address(addr_spec=mail.to)
    message["Subject"] = mail.subject
    message["Message-ID"] = f"<{mail.key}@{sender.rpartition('@')[2].strip('<> ')}>"
    message.set_content(mail.body)
    return message


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
