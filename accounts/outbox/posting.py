"""One POST to a judged address with the standard library: strict times, no redirects, no proxy."""

import http.client
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass

from accounts.outbox.addresses import Target

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 10.0
#: So much of an answer is read at all, and so much of it is kept.
READ_BYTES, KEPT_CHARACTERS = 16_384, 2_000


@dataclass(frozen=True)
class Answer:
    status: int
    text: str


class _Pinned(http.client.HTTPConnection):
    """Connects to the address that was judged, whatever the name says by now."""

    def __init__(self, target: Target) -> None:
        super().__init__(target.host, target.port, timeout=CONNECT_SECONDS)
        self.target = target

    def connect(self) -> None:
        raw = socket.create_connection((self.target.ip, self.target.port), CONNECT_SECONDS)
        raw.settimeout(ANSWER_SECONDS)
        if self.target.scheme == "https":
            context = ssl.create_default_context()
            raw = context.wrap_socket(raw, server_hostname=self.target.host)
        self.sock = raw


def post(target: Target, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Post and read the answer. Raises OSError or http.client.HTTPException."""
    connection = _Pinned(target)
    deadline = time.monotonic() + ANSWER_SECONDS
    try:
        connection.request(
            "POST", target.path, body=body,
            headers={"Host": target.named, "Connection": "close", **headers},
        )  # fmt: skip
        response = connection.getresponse()
        return Answer(response.status, _read(response, deadline))
    finally:
        connection.close()


def _read(response: http.client.HTTPResponse, deadline: float) -> str:
    """The beginning of the answer; one that drips is cut off at the deadline."""
    read = b""
    while len(read) < READ_BYTES and time.monotonic() < deadline:
        part = response.read1(READ_BYTES - len(read))
        if not part:
            break
        read += part
    text = read.decode("utf-8", "replace").replace("\x00", "")
    return text[:KEPT_CHARACTERS]
