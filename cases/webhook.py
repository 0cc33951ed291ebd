"""Handing a message to another system by HTTP (web-hook): signed, with its key, and never to where it must not go.

An address in a message is data, and data can be made to point at our own network (SSRF). So the name is resolved once,
every number it has must be a public one or lie in a network that the city named (`CITY_HOOK_NETWORKS`), the
connection is made to the number that was looked at, and no answer sends it elsewhere. In the clear it goes only inside
the named networks.

What the receiver gets: a POST of JSON; `Idempotency-Key`, by which it knows a second copy of a message; `X-Wanmi-Time`,
seconds since 1970; and `X-Wanmi-Signature`, `sha256=` and the HMAC-SHA256 in hex of time, full stop and body under the
key of this receiver (`manage.py outbox --key-for ADDRESS`). It has taken the message when it answers 200 to 299.
"""

from __future__ import annotations

import hmac
import http.client
import ipaddress
import json
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

Number = ipaddress.IPv4Address | ipaddress.IPv6Address

# Numbers of version 6 that stand for one of version 4, whose far side is not looked at (RFC 6052, 3056, 4380, 4291),
# and the private ones of old (RFC 3879): Python's `is_global` lets them pass.
_NOT_GLOBAL = [
    ipaddress.ip_network(n) for n in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "fec0::/10")
]


class NotDelivered(Exception):
    """The receiver did not take the message.

    `silent`: it did not answer at all, so that asking it again at once only costs time. `hopeless`: asking it again
    can change nothing.
    """

    def __init__(self, why: str, *, silent: bool = False, hopeless: bool = False) -> None:
        self.silent = silent
        self.hopeless = hopeless
        super().__init__(why)


def deliver(url: str, payload: Mapping[str, Any], *, key: str, timeout_s: float, secret: str = "") -> None:
    """Post one message; nothing is returned, for an answer that comes back is all that is wanted.

    It is signed by the key of the receiver, or by the secret of a subscription.

    `timeout_s` holds for the whole exchange, however slowly the other side drips; the look-up of the name alone has
    the system's own limit.

    Raises
    ------
    NotDelivered : the address is none or may not be reached, nobody answers in time, or not with 200 to 299
    """
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    moment = str(int(time.time()))
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Idempotency-Key": key,
        "X-Wanmi-Time": moment,
        "X-Wanmi-Signature": f"sha256={signature(secret or key_for(url), moment, body)}",
    }
    status, _ = call(url, verb="POST", body=body, headers=headers, timeout_s=timeout_s)
    where = urlsplit(url).netloc
    if 300 <= status < 400:
        raise NotDelivered(f"{where} answers {status}: it points elsewhere, where messages do not follow.")
    if not 200 <= status < 300:
        raise NotDelivered(f"{where} answers {status}.")


def call(
    url: str, *, verb: str, body: bytes = b"", headers: Mapping[str, str], timeout_s: float, most_bytes: int = 0
) -> tuple[int, bytes]:
    """Ask another system once, wherever it may be reached: the status, and up to `most_bytes` of the answer's body.

    Raises
    ------
    NotDelivered : the address is none or may not be reached, nobody answers in time, or the answer is longer
    """
    address = _address(url)
    number, port = _vetted(address)
    path = (address.path or "/") + (f"?{address.query}" if address.query else "")
    whole = {"Host": address.netloc, "User-Agent": "Wanmi", "Connection": "close", **headers}
    try:
        status, found = _exchange(address, number, port, verb, path, body, whole, timeout_s, most_bytes)
    except (OSError, http.client.HTTPException) as error:
        said = str(error) or type(error).__name__
        raise NotDelivered(f"{address.netloc} gives no answer within {timeout_s:g} s: {said}", silent=True) from error
    if len(found) > most_bytes:
        raise NotDelivered(f"{address.netloc} answers more than the {most_bytes} bytes that are read.")
    return status, found


def key_for(url: str, *, use: str = "web-hook") -> str:
    """The key for a receiver (scheme, host, port) and a use: each has its own, made of the house's key."""
    address = _address(url)
    origin = f"{address.scheme}://{address.netloc.lower()}"
    return hmac.new(settings.SECRET_KEY.encode(), f"wanmi {use} {origin}".encode(), "sha256").hexdigest()


def secret_of(seed: str) -> str:
    """The secret of a subscription, made of the house's key and the subscription's seed: the database has none."""
    return hmac.new(settings.SECRET_KEY.encode(), f"wanmi subscription {seed}".encode(), "sha256").hexdigest()


def signature(key: str, moment: str, body: bytes) -> str:
    """HMAC-SHA256 of moment, full stop and body, in hex.

    >>> signature("key", "0", b"{}")[:16]
    '7314351dd949aa7e'
    """
    return hmac.new(key.encode(), moment.encode() + b"." + body, "sha256").hexdigest()


def may_reach(number: Number) -> bool:
    """Whether messages may go to an internet number: a public one, or one of the networks that the city named."""
    mapped = getattr(number, "ipv4_mapped", None)
    if mapped is not None:
        return may_reach(mapped)
    if _is_named(number):
        return True
    if number.version == 6 and any(number in network for network in _NOT_GLOBAL):
        return False
    return number.is_global and not number.is_multicast


def _is_named(number: Number) -> bool:
    networks = (ipaddress.ip_network(text) for text in settings.HOOK_NETWORKS)
    return any(number.version == network.version and number in network for network in networks)


def _address(url: str) -> SplitResult:
    try:
        address = urlsplit(url)
        _ = address.port
    except ValueError as error:
        raise NotDelivered(f"The receiver is no address: {error}", hopeless=True) from error
    plain = all("!" <= sign <= "~" for sign in url)
    if address.scheme not in ("http", "https") or not address.hostname or "@" in address.netloc or not plain:
        raise NotDelivered(
            "The receiver is no address of a web-hook: https://, a host and a path, in ASCII.", hopeless=True
        )
    return address


def _vetted(address: SplitResult) -> tuple[str, int]:
    """The internet number and port to connect to; NotDelivered where one of the host's numbers may not be reached."""
    port = address.port or (443 if address.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(address.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotDelivered(f"{address.hostname} has no internet number: {error}", silent=True) from error
    numbers = [ipaddress.ip_address(str(place[0]).partition("%")[0]) for *_, place in found]
    for number in numbers:
        if not may_reach(number):
            raise NotDelivered(
                f"{address.hostname} is {number}, inside a private network: name it in CITY_HOOK_NETWORKS to allow it.",
                hopeless=True,
            )
    if address.scheme == "http" and not all(_is_named(getattr(n, "ipv4_mapped", None) or n) for n in numbers):
        raise NotDelivered(
            f"{address.netloc} takes messages in the clear: use https, or name its network in CITY_HOOK_NETWORKS.",
            hopeless=True,
        )
    return str(numbers[0]), port


def _exchange(
    address: SplitResult, number: str, port: int, verb: str, path: str, body: bytes, headers: Mapping[str, str],
    timeout_s: float, most_bytes: int,
) -> tuple[int, bytes]:  # fmt: skip
    """The status that a request is answered with, and the body as far as it is read: a byte more than is allowed."""
    with closing(socket.create_connection((number, port), timeout=timeout_s)) as over:
        if address.scheme == "https":
            context = ssl.create_default_context()
            over = context.wrap_socket(over, server_hostname=address.hostname, do_handshake_on_connect=False)
        # A time-out of a socket holds for each piece; this one ends the whole.
        ends = threading.Timer(timeout_s, _cut, [over])
        ends.daemon = True
        ends.start()
        try:
            if isinstance(over, ssl.SSLSocket):
                over.do_handshake()
            connection = http.client.HTTPConnection(address.hostname or number, port, timeout=timeout_s)
            connection.sock = over
            connection.request(verb, path, body=body or None, headers=dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.read(most_bytes + 1) if most_bytes else b""
        finally:
            ends.cancel()
            over.close()


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):  # it ended by itself
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
