"""How often one sender may ask: counted in the database by address and by network, so that no other server is needed.

An address is one of IPv4, or the /64 of IPv6 that a house or a phone has; a network is its /24 or /48. Kept are keyed
digests, for a day. Behind a proxy the address is what the server in front of us says of it (uvicorn believes one on the
same machine alone). The limits are rules: `public_WHAT_hour`, `…_day` of an address, `…_network` of a network's day.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.crypto import salted_hmac

from cases.errors import CaseError
from cells import rules
from spatial.postgis import roles, run

REPORT, LOOK, GUESS = "report", "look", "guess"


class TooMany(CaseError):
    """From this address, or its network, more was sent than is taken."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who asks, as far as it is kept: digests of an address and of its network."""

    address: str
    network: str


def sender_of(address: str) -> Sender:
    """The sender at an IP address; all whose address cannot be read are one.

    >>> sender_of("2001:db8:1:2::3") == sender_of("2001:db8:1:2:ffff::"), sender_of("10.0.0.1") == sender_of("10.0.0.2")
    (True, False)
    >>> sender_of("::ffff:10.0.0.1") == sender_of("10.0.0.1")
    True
    >>> sender_of("10.0.0.1").network == sender_of("10.0.0.2").network
    True
    """
    try:
        read = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return Sender(_digest("unknown"), _digest("unknown network"))
    read = getattr(read, "ipv4_mapped", None) or read
    near, far = (32, 24) if read.version == 4 else (64, 48)
    nets = [ipaddress.ip_network((read, length), strict=False) for length in (near, far)]
    return Sender(*(_digest(str(net)) for net in nets))


def count(sender: Sender, what: str, *, at: dt.datetime) -> None:
    """Count one use; raises TooMany, with `wait_s` until the span ends, beyond a limit.

    In a transaction of its own before the work, so that a refused report counts too.
    """
    local = at.astimezone(ZoneInfo(settings.TIME_ZONE))
    hour = local.replace(minute=0, second=0, microsecond=0)
    day = hour.replace(hour=0)
    asked = {"address": sender.address, "network": sender.network, "what": what, "hour": hour, "day": day}
    with roles.as_owner():
        found = run.row("cases", "public_used_v1", asked)
    assert found is not None
    most = rules.figures(*(f"public_{what}_{span}" for span in ("hour", "day", "network")))
    ends = (hour + dt.timedelta(hours=1), *[day + dt.timedelta(days=1)] * 2)
    waits = [(end - at).total_seconds() for times, limit, end in zip(found, most, ends, strict=True) if times > limit]
    if waits:
        raise TooMany(hint="Come back later, or call.", wait_s=max(1, round(max(waits))))


def _digest(text: str) -> str:
    return salted_hmac("wanmi.public.sender", text, algorithm="sha256").hexdigest()
