"""Which thread of a process asks PROJ: it sets a transformer up anew, for 40 ms, in every thread that uses it."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

Numbers = TypeVar("Numbers", float, NDArray[np.float64])
_OFTEN = 20
_own = threading.local()


def converted(transformer: Transformer, x: Numbers, y: Numbers) -> tuple[Numbers, Numbers]:
    """Transform in this thread if it has often done so, else by one thread that all others share.

    PROJ sets a transformer up anew in every thread that uses it, which takes 40 ms; handing over takes 0.1 ms. A thread
    that answers a page or two is not worth it; those of a server that live on are, and the main thread, where imports
    and commands run.
    """
    asked = _own.times = getattr(_own, "times", 0) + 1
    if asked > _OFTEN or threading.current_thread() is threading.main_thread():
        east, north = transformer.transform(x, y)
    else:
        east, north = _clerk().submit(transformer.transform, x, y).result()
    return east, north


@lru_cache(maxsize=1)
def _clerk() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="crs")


# A forked process has none of its parent's threads, and would wait for this one for ever.
os.register_at_fork(after_in_child=_clerk.cache_clear)
