"""How answers go onto the wire: each piece at once.

uvicorn writes an answer's head and its body one after the other. With several workers it opens the socket in a way in
which asyncio does not see that it is TCP, and leaves Nagle's algorithm on: then the body waits until the reader's
machine has acknowledged the head, which it puts off for 40 ms. `.ci/serve.sh` names `AtOnce` (`--http`).
"""

from __future__ import annotations

import asyncio
import socket

from uvicorn.protocols.http.auto import AutoHTTPProtocol

_TCP = (socket.AF_INET, socket.AF_INET6)


class AtOnce(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
    """uvicorn's own reader and writer of HTTP, on a connection without Nagle's algorithm."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A reader has come."""
        line = transport.get_extra_info("socket")
        if line is not None and line.family in _TCP:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().connection_made(transport)
