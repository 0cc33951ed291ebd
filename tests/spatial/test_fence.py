"""A reader in a process of its own: it comes back with its answer, or ends alone."""

from __future__ import annotations

import datetime as dt
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from spatial import fence
from spatial.fence import Stopped, fenced


class Refused(ValueError):
    """A reader's own words."""

    def __init__(self, detail: str, *, hint: str = "", **where: object) -> None:
        self.detail, self.hint, self.where = detail, hint, where
        super().__init__(detail)


class Unlisted:
    """A class that no caller names."""


def doubled(value: int, *, at: dt.datetime) -> tuple[int, dt.datetime]:
    return 2 * value, at


def refuse() -> None:
    raise Refused("Too blue.", hint="Paint it.", reason="blue", most=3)


def swell() -> int:
    return len(bytearray(400 << 20))


def sleep() -> None:
    time.sleep(60)


def spin() -> None:
    while True:
        pass


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def smuggle() -> object:
    return Unlisted()


def surroundings() -> tuple[list[str], int]:
    with Path("/dev/null").open() as file:
        return sorted(os.environ), file.fileno()


def chatter() -> int:
    print("a library says something")
    sys.stdout.flush()
    return 1


def write_much() -> None:
    with Path(os.devnull).with_name("shm").joinpath(f"fence-{os.getpid()}").open("wb") as out:
        os.unlink(out.name)
        out.write(bytes(64 << 20))


def test_the_answer_comes_back_and_what_the_reader_prints_is_no_part_of_it() -> None:
    at = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
    assert fenced(doubled, 21, at=at, seconds=30, megabytes=64) == (42, at)
    assert fenced(chatter, seconds=30, megabytes=64) == 1


def test_a_refusal_comes_back_with_its_words() -> None:
    with pytest.raises(Refused) as told:
        fenced(refuse, seconds=30, megabytes=64, refusals=(Refused,))
    assert (told.value.detail, told.value.hint, told.value.where) == (
        "Too blue.",
        "Paint it.",
        {"reason": "blue", "most": 3},
    )
    with pytest.raises(Stopped, match="broken"):
        fenced(refuse, seconds=30, megabytes=64)


@pytest.mark.parametrize(
    ("work", "seconds", "why"),
    [(swell, 30, "memory"), (sleep, 1, "time"), (spin, 1, "time"), (crash, 30, "broken"), (write_much, 30, "broken")],
)
def test_a_reader_that_comes_to_no_end_is_ended_and_it_is_said_why(work: object, seconds: float, why: str) -> None:
    with pytest.raises(Stopped) as told:
        fenced(work, seconds=seconds, megabytes=128)  # type: ignore[arg-type]
    assert told.value.why == why


def test_what_may_not_come_back_does_not() -> None:
    with pytest.raises(Stopped, match="broken"):
        fenced(smuggle, seconds=30, megabytes=64)


def test_the_reader_is_told_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITY_SECRET_KEY", "nobody's business")
    names, handle = fenced(surroundings, seconds=30, megabytes=64, environment={"TOLD": "1"})
    assert "TOLD" in names
    assert not [n for n in names if n.startswith(("CITY_", "DATABASE", "WANMI_", "DJANGO"))]
    assert handle < 8, "files of ours are open in it"


def whoami(data: bytes) -> tuple[int, int]:
    return os.getpid(), len(data)


def test_a_reader_in_peace_is_given_the_next_work_a_few_dozen_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fence, "MOST_WORKS", 3)
    large = bytes(3 << 20)
    pids = [fenced(whoami, large, seconds=30, megabytes=64) for _ in range(7)]
    assert [size for _, size in pids] == [len(large)] * 7
    assert [[pid for pid, _ in pids].count(pid) for pid in dict.fromkeys(pid for pid, _ in pids)] == [3, 3, 1]


def test_a_reader_that_ended_while_it_waited_is_not_asked() -> None:
    first, _ = fenced(whoami, b"", seconds=30, megabytes=65)
    os.kill(first, signal.SIGKILL)
    time.sleep(0.2)
    assert fenced(whoami, b"", seconds=30, megabytes=65)[0] != first


def test_a_reader_that_was_stopped_is_gone_and_the_next_is_whole() -> None:
    for work, why in ((swell, "memory"), (sleep, "time")):
        with pytest.raises(Stopped, match=why):
            fenced(work, seconds=1.5, megabytes=128)
    assert fenced(chatter, seconds=30, megabytes=128) == 1


_kept: list[bytearray] = []


def hoard() -> int:
    _kept.append(bytearray(60 << 20))
    return len(_kept)


def test_what_a_reader_kept_of_earlier_works_costs_the_next_nothing() -> None:
    """150 MB hold two works that keep 60 MB each; the third is given to a fresh reader instead of being refused."""
    assert [fenced(hoard, seconds=30, megabytes=150) for _ in range(4)] == [1, 2, 1, 2]


def test_only_so_many_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    held = [fence._turn.acquire(timeout=5) for _ in range(fence.MOST_AT_ONCE)]
    try:
        with pytest.raises(Stopped, match="busy"):
            fenced(chatter, seconds=0.2, megabytes=64)
    finally:
        for _ in held:
            fence._turn.release()
    assert fenced(chatter, seconds=30, megabytes=64) == 1
