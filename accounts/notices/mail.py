"""E-mail through Django's backend: what the server says decides whether it was taken."""

import smtplib
import socket

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string

from accounts.notices import channels
from accounts.notices.channels import Carrier, NotTaken
from accounts.notices.choices import Channel
from accounts.notices.models import ContactPreference, Notice, NoticeAttempt, mask_email

#: Answers of a server that has not taken the message.
_REFUSALS = (
    smtplib.SMTPConnectError,
    smtplib.SMTPHeloError,
    smtplib.SMTPAuthenticationError,
    smtplib.SMTPSenderRefused,
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPDataError,
    smtplib.SMTPNotSupportedError,
    ConnectionRefusedError,
    socket.gaierror,
)
_PERMANENT = 500


def install() -> None:
    channels.register(Carrier(Channel.EMAIL, _is_on, _address, _send))


def message_id(attempt: NoticeAttempt, notice: Notice) -> str:
    """The same attempt always carries the same id, so that a receiver can tell a repeat."""
    host = settings.MAIL_FROM.rpartition("@")[2].strip("<> ") or "localhost"
    return f"<notice.{notice.public_id}.{attempt.n}@{host}>"


def _is_on() -> bool:
    return bool(settings.MAIL_ON)


def _address(preference: ContactPreference) -> tuple[str, str] | None:
    address = preference.email or ""
    return (address, mask_email(address)) if address else None


def _send(attempt: NoticeAttempt, notice: Notice, address: str) -> None:
    message = EmailMultiAlternatives(
        subject=notice.subject,
        body=notice.body,
        from_email=settings.MAIL_FROM,
        to=[address],
        headers={"Message-ID": message_id(attempt, notice), "Auto-Submitted": "auto-generated",
                 "Content-Language": notice.language},
        connection=get_connection(),
    )  # fmt: skip
    shown = {"notice": notice, "lender": settings.LENDER}
    message.attach_alternative(render_to_string("notices/letter.html", shown), "text/html")
    try:
        message.send()
    except _REFUSALS as error:
        raise NotTaken(_said(error), later=_is_temporary(error)) from error


def _is_temporary(error: Exception) -> bool:
    codes = [getattr(error, "smtp_code", 0)]
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _text in error.recipients.values()]
    return not any(code >= _PERMANENT for code in codes if isinstance(code, int))


def _said(error: Exception) -> str:
    """The server's code and kind of answer, without its text: that may hold the address."""
    code = getattr(error, "smtp_code", "")
    return f"{type(error).__name__} {code}".strip()
