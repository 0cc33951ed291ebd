"""Requests in threads of their own leave nothing of GeoDjango behind."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.gis.geos import GEOSGeometry, Point
from django.http import HttpRequest, HttpResponse

from maps.geos_threads import NoneLeft


def kept() -> int:
    gc.collect()
    return sum(type(one).__name__ == "GEOSContextHandle" for one in gc.get_objects())


def view(_request: HttpRequest) -> HttpResponse:
    read = GEOSGeometry(Point(1, 2, srid=4326).ewkb)
    return HttpResponse(read.wkt)


def in_threads(answer: Callable[[HttpRequest], Any], count: int) -> list[bytes]:
    told: list[bytes] = []
    for _ in range(count):
        thread = threading.Thread(target=lambda: told.append(answer(HttpRequest()).content))
        thread.start()
        thread.join()
    return told


def test_a_thread_that_is_over_keeps_no_context() -> None:
    before = kept()
    assert in_threads(NoneLeft(view), 20) == [b"POINT (1 2)"] * 20
    after = kept()
    assert after <= before
    in_threads(view, 5)
    assert kept() > after, "if GeoDjango frees them itself, the middleware can go"


def test_what_the_view_raises_comes_through_and_the_thread_can_go_on() -> None:
    def broken(request: HttpRequest) -> HttpResponse:
        view(request)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        NoneLeft(broken)(HttpRequest())
    assert NoneLeft(view)(HttpRequest()).content == b"POINT (1 2)"
