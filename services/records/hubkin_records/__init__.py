"""Readers of the journal: notices by webhook and mail, the sealed audit."""

from hubkin_records.adapters.mail import MailChannel, MailServer
from hubkin_records.adapters.webhook import WebhookChannel, signature
from hubkin_records.controllers import controllers
from hubkin_records.domain import Kind
from hubkin_records.handlers import routes
from hubkin_records.ports import Channel
from hubkin_records.service import broken_seal

__all__ = [
    "Channel",
    "Kind",
    "MailChannel",
    "MailServer",
    "WebhookChannel",
    "broken_seal",
    "controllers",
    "routes",
    "signature",
]
