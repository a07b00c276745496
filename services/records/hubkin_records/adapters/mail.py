"""Notices as mail, through the site's own SMTP server."""

from __future__ import annotations

import asyncio
import smtplib
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path
from typing import Any

from hubkin_kit.i18n import Translator, _

from hubkin_records.domain import SENTENCES, Delivery
from hubkin_records.errors import DeliveryFailed

TIMEOUT_SECONDS = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mail goes out; the password is in a file of its own."""

    host: str
    port: int
    sender: str
    user: str | None = None
    password_file: str | None = None
    starttls: bool = False


class MailChannel:
    """Sends notices as mail."""

    def __init__(self, server: MailServer, translator: Translator, *, public_url: str) -> None:
        self._server = server
        self._translator = translator
        self._public_url = public_url.rstrip("/")

    async def send(self, delivery: Delivery) -> None:
        """Send a mail; a repetition has the same Message-ID.

        Raises:
            DeliveryFailed: The server did not take it.
        """
        message = self.message(delivery)
        try:
            await asyncio.to_thread(self._send, message)
        except smtplib.SMTPRecipientsRefused as error:
            raise DeliveryFailed("the address was refused", is_final=True) from error
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryFailed(type(error).__name__) from error

    def message(self, delivery: Delivery) -> EmailMessage:
        """Write the mail in the language of the hook."""
        data: dict[str, Any] = dict(delivery.body["data"])
        language = delivery.hook.language
        why = data.get("why") or {"text": data.get("reason") or "", "params": {}}
        reason = self._translator.text(why["text"], why["params"], language=language)
        params = {"name": data["name"], "reason": reason}

        def said(text: str, **more: str) -> str:
            return self._translator.text(text, {**params, **more}, language=language)

        subject = said(SENTENCES.get(delivery.about, SENTENCES["start"]))
        message = EmailMessage()
        message["Subject"] = "".join(c if c.isprintable() else " " for c in subject)[:200]
        message["From"] = Address("Hubkin", addr_spec=self._server.sender)
        message["To"] = Address(addr_spec=delivery.hook.target)
        message["Date"] = formatdate()
        message["Message-ID"] = f"<{delivery.id}@{self._server.sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        lines = [subject, ""]
        hint = SENTENCES.get(f"{delivery.about}/hint")
        if hint is not None:
            lines += [said(hint), ""]
        lines.append(said(_("Job: {id}"), id=data["job_id"]))
        if self._public_url:
            lines.append(f"{self._public_url}/services/hubkin/jobs/{data['job_id']}")
        lines += [
            "",
            said(
                _("You asked for this notice. To end it: hubkin hooks remove {hook}"), hook=delivery.hook.id
            ),
        ]
        message.set_content("\n".join(lines))
        return message

    def _send(self, message: EmailMessage) -> None:
        server = self._server
        with smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS) as client:
            if server.starttls:
                client.starttls()
            if server.user and server.password_file:
                client.login(server.user, Path(server.password_file).read_text("utf-8").strip())
            client.send_message(message)
