"""Where a webhook may go: public addresses only, so that nobody makes the book's own server ask
inside its network (SSRF). The name is resolved once, every address it has is judged, and the
connection goes to the one that was judged: a name that changes its mind in between gains nothing.
"""

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

_PORTS = {"https": 443, "http": 80}


class AddressRefused(Exception):
    """A webhook must not go there; the message says why."""


@dataclass(frozen=True)
class Target:
    """An address that may be asked: `ip` is where to connect, `host` who should answer."""

    scheme: str
    host: str
    port: int
    path: str
    ip: str

    @property
    def named(self) -> str:
        """The Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def checked(url: str) -> Target:
    """Resolve and judge an address. Raises AddressRefused."""
    scheme, host, port, path = _parts(url)
    ips = _resolve(host, port)
    if not settings.WEBHOOKS_TO_PRIVATE and (inside := [ip for ip in ips if not _is_public(ip)]):
        raise AddressRefused(
            _("%(host)s leads to %(ip)s, which is no public address")
            % {"host": host, "ip": inside[0]}
        )
    return Target(scheme, host, port, path, ips[0])


def _parts(url: str) -> tuple[str, str, int, str]:
    if len(url) > 500 or any(ord(c) <= 32 or ord(c) == 127 for c in url) or "\\" in url:
        raise AddressRefused(_("this is no address of the web"))
    try:
        found = urlsplit(url)
        host = (found.hostname or "").encode("idna").decode() if found.hostname else ""
        port = found.port
    except ValueError:
        raise AddressRefused(_("this is no address of the web")) from None
    allowed = ("https",) if settings.WEBHOOKS_HTTPS_ONLY else ("https", "http")
    if found.scheme not in allowed or not host:
        raise AddressRefused(_("it must begin with %(scheme)s://") % {"scheme": allowed[0]})
    if found.username is not None or found.password is not None or found.fragment:
        raise AddressRefused(_("no user, password or fragment belongs in it"))
    if not (found.path + found.query).isascii():
        raise AddressRefused(_("this is no address of the web"))
    path = (found.path or "/") + (f"?{found.query}" if found.query else "")
    return found.scheme, host, port or _PORTS[found.scheme], path


def _resolve(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise AddressRefused(_("%(host)s has no address") % {"host": host}) from None
    return list(dict.fromkeys(str(info[4][0]).partition("%")[0] for info in found))


def _is_public(text: str) -> bool:
    ip = ipaddress.ip_address(text)
    if isinstance(ip, ipaddress.IPv6Address):
        # An IPv4 address in the clothes of another family is judged as what it is.
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is not None:
            return _is_public(str(inner))
        if ip in ipaddress.ip_network("64:ff9b::/96"):
            return _is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
    return ip.is_global and not ip.is_multicast
