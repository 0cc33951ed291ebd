"""The switchboard alone: a slow reader is told to fetch anew instead of being drowned."""

from __future__ import annotations

import asyncio

from maps.live import MOST_WAITING, REFETCH, Sight, Switchboard, wire


def test_a_reader_that_does_not_keep_up_is_told_to_fetch() -> None:
    async def story() -> tuple[list[str], int]:
        board = Switchboard()
        queue: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)
        board._queues[queue] = Sight(1, None)
        for n in range(MOST_WAITING + 3):
            board.tell("case", f'{{"id": {n}}}')
        return [queue.get_nowait() for _ in range(queue.qsize())], MOST_WAITING

    waiting, most = asyncio.run(story())
    assert waiting[0] == REFETCH
    assert len(waiting) == 3
    assert waiting[-1] == wire("case", f'{{"id": {most + 2}}}')


def test_data_of_several_lines_stays_one_event() -> None:
    assert wire("case", "a\nb") == "event: case\ndata: a\ndata: b\n\n"
