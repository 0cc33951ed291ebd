"""Exchange between platforms (R19): a district's cases go up to the city, and what becomes of them comes down.

Over Open311 and nothing else. Below: `choosing` writes a row for each case that goes up, in the city's own words of
which do; `sending` sends rows until the other side says that it has them, each under its key; `hearing` reads the news
from a cursor and takes them in. Above: the door of `cases.open_door`, and `news`, which numbers what is told. However
many calls or answers are lost on the way, each case is one there and each news is taken in once here.
"""

from cases.exchange.rounds import Round, exchange, exchange_due

__all__ = ["Round", "exchange", "exchange_due"]
