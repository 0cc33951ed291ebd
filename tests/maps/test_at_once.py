"""An answer's head and body go out at once, however the server opened its socket."""

from __future__ import annotations

import asyncio
import socket

from django.conf import settings
from uvicorn.config import Config
from uvicorn.server import ServerState

from maps.wire import AtOnce


def test_a_connection_of_several_workers_does_not_wait_for_its_reader() -> None:
    """uvicorn's own socket for many workers, of which asyncio does not see that it is TCP."""
    config = Config("maps.asgi:application", port=0, log_level="warning")

    async def nagle_is_off() -> bool:
        made: list[AtOnce] = []

        def protocol() -> AtOnce:
            made.append(AtOnce(config=config, server_state=ServerState(), app_state={}))
            return made[-1]

        listening = config.bind_socket()
        server = await asyncio.get_running_loop().create_server(protocol, sock=listening)
        _, writer = await asyncio.open_connection(*listening.getsockname())
        while not (made and getattr(made[0], "transport", None)):
            await asyncio.sleep(0)
        line = made[0].transport.get_extra_info("socket")
        off = line.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        writer.close()
        server.close()
        return bool(off)

    config.load()
    assert asyncio.run(nagle_is_off())


def test_the_site_is_served_so() -> None:
    assert "--http maps.wire:AtOnce" in (settings.ROOT / ".ci/serve.sh").read_text()
