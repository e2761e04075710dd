"""Who is at the other end: address and device, and how much of them is kept."""

import ipaddress
import re

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
# The order matters: each of the first ones also calls itself what comes after it.
_BROWSERS = (
    ("MicroMessenger/", "WeChat"),
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
NOWHERE = "0.0.0.0"  # noqa: S104 an address that no client has; nothing is bound to it


def address(request: HttpRequest) -> str:
    """The client's address; behind a proxy that is trusted, the one that the proxy saw."""
    text = str(request.META.get("REMOTE_ADDR", ""))
    if settings.TRUST_PROXY:
        text = str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",")[-1].strip() or text
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return NOWHERE


def network(text: str) -> str:
    """What attempts are counted by: an IPv4 address, or the /64 that one IPv6 client has."""
    found = ipaddress.ip_address(text)
    if found.version == 4:
        return text
    return str(ipaddress.ip_network(f"{text}/64", strict=False).network_address)


def masked(text: str) -> str:
    """203.0.113.* or 2001:db8:1:*: where from, not who."""
    if text in ("", NOWHERE):
        return _("unknown")
    found = ipaddress.ip_address(text)
    if found.version == 4:
        return f"{text.rpartition('.')[0]}.*"
    return ":".join(found.exploded.split(":")[:3]) + ":*"


def device(agent: str) -> str:
    """`Chrome 139, Windows`: a browser's account of itself, in two words."""
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    browser = ""
    for mark, name in _BROWSERS:
        if found := re.search(re.escape(mark) + r"([0-9]{1,4})", agent):
            browser = f"{name} {found.group(1)}"
            break
    return ", ".join(part for part in (browser, system) if part) or _("unknown device")


def agent(request: HttpRequest) -> str:
    return str(request.META.get("HTTP_USER_AGENT", ""))
