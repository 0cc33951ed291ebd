"""The lot of spot checks: the same seed draws the same cells, strata get their share, and SHA-256 alone can redo it."""

from __future__ import annotations

import hashlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.judging.intervals import wilson
from cases.spot_checks.lots import Ballot, Size, digest_of, draw, shared_out, ticket

FRAME = [Ballot(f"{n:03d}", "A" if n < 60 else "B", "core" if n % 3 else "") for n in range(100)]
SIZE = Size(share=0.1, least=3, most=30)


def test_the_same_seed_draws_the_same_whatever_the_order_of_the_frame() -> None:
    first = draw(FRAME, month="2026-11", seed="s", size=SIZE)
    assert first == draw(FRAME[::-1], month="2026-11", seed="s", size=SIZE)
    for other in ({"seed": "t"}, {"month": "2026-12"}, {"words": "lottery 7 12 33"}):
        assert draw(FRAME, **{"month": "2026-11", "seed": "s", "size": SIZE, **other}) != first


def test_a_draw_is_redone_by_hand_with_nothing_but_sha256() -> None:
    drawn = draw(FRAME, month="2026-11", seed="abc", size=SIZE, words="w")
    tickets = {b.code: hashlib.sha256(f"abc|w|2026-11|{b.code}".encode()).hexdigest() for b in FRAME}
    # 60 cells of A give 6, of which a third are not graded: 2; 40 of B give 4: 13 and 27 cells make 1.3 and 2.7.
    wanted = {("A", ""): 2, ("A", "core"): 4, ("B", ""): 1, ("B", "core"): 3}
    by_hand = set()
    for (unit, ground), number in wanted.items():
        here = sorted((b.code for b in FRAME if (b.unit, b.ground) == (unit, ground)), key=lambda code: tickets[code])
        by_hand |= set(here[:number])
    assert {b.code for b in drawn} == by_hand
    assert [b.code for b in drawn] == sorted(by_hand, key=lambda code: tickets[code])
    assert digest_of("2026-11", "abc") == hashlib.sha256(b"2026-11:abc").hexdigest()


@pytest.mark.parametrize(
    ("cells", "number"), [(0, 0), (2, 2), (10, 3), (30, 3), (31, 4), (299, 30), (300, 30), (10_000, 30)]
)
def test_a_unit_gives_its_share_within_the_limits(cells: int, number: int) -> None:
    assert SIZE.of(cells) == number


def test_a_share_is_read_as_it_is_written() -> None:
    assert Size(share=0.07, least=0, most=99).of(100) == 7


@given(st.dictionaries(st.text(max_size=3), st.integers(1, 500), min_size=1, max_size=6), st.floats(0, 1))
def test_strata_share_a_size_without_rest(strata: dict[str, int], part: float) -> None:
    size = int(sum(strata.values()) * part)
    out = shared_out(size, strata)
    assert sum(out.values()) == size
    assert all(0 <= out[name] <= number for name, number in strata.items())
    assert all(abs(out[name] - size * number / sum(strata.values())) < 1 for name, number in strata.items())


def test_every_cell_is_drawn_about_as_often() -> None:
    """By 2000 seeds, each of 10 cells of which 2 are drawn: 400 times, within five standard deviations of 18."""
    frame = [Ballot(str(n), "A") for n in range(10)]
    times = dict.fromkeys((b.code for b in frame), 0)
    for seed in range(2000):
        for ballot in draw(frame, month="2026-11", seed=str(seed), size=Size(0.2, 1, 9)):
            times[ballot.code] += 1
    assert all(abs(number - 400) < 90 for number in times.values())


def test_a_ticket_has_64_digits() -> None:
    assert len(ticket("1", month="2026-11", seed="s")) == 64


@pytest.mark.parametrize(
    ("hits", "tries", "low", "high"),
    [
        (8, 10, "49.02", "94.33"),  # prop.test(8, 10, correct = FALSE) of R: 0.4901625 0.9433178
        (0, 10, "0.00", "27.75"),
        (10, 10, "72.25", "100.00"),
        (81, 263, "25.53", "36.62"),  # Newcombe, Statistics in Medicine 17 (1998), table I: 0.2553 0.3662
        (15, 148, "6.24", "16.05"),  # the same: 0.0624 0.1605
        (1, 29, "0.61", "17.18"),  # the same: 0.0061 0.1718
    ],
)
def test_wilsons_interval_is_the_published_one(hits: int, tries: int, low: str, high: str) -> None:
    assert wilson(hits, tries) == (Decimal(low), Decimal(high))


def test_without_tries_there_is_no_interval_and_more_hits_than_tries_are_refused() -> None:
    assert wilson(0, 0) is None
    with pytest.raises(ValueError, match="3 of 2"):
        wilson(3, 2)
