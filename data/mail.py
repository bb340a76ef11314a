"""Letters by e-mail, where the operator named a mail server; nothing is promised where there is none."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import structlog

PATIENCE = 8.0  # seconds for the mail server
PORTS = {"smtp": 587, "smtps": 465}

log = structlog.get_logger()


@dataclass(frozen=True)
class Mailer:
    """`url`: `smtp://user:password@host:port` (encrypted as soon as the server can, and always before a password) or
    `smtps://…`."""

    url: str
    sender: str

    def send(self, address: str, subject: str, text: str) -> bool:
        """False where the mail server did not take it; the log says why, without the address."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.sender, address, subject
        message.set_content(text)
        try:
            with self._connect() as server:
                server.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            log.warning("mail_not_sent", error=type(error).__name__)
            return False
        return True

    def _connect(self) -> smtplib.SMTP:
        parts = urlsplit(self.url)
        host, port = str(parts.hostname), parts.port or PORTS[parts.scheme]
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=PATIENCE, context=ssl.create_default_context())
        else:
            server = smtplib.SMTP(host, port, timeout=PATIENCE)
            server.ehlo()
            if parts.username or server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        return server


def is_mail_server(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
