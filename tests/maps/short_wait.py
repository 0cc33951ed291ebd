"""The site's settings, but that a page waits half a second only before it says that the database is away."""

from maps.settings import *  # noqa: F403

DATABASES["default"]["OPTIONS"]["pool"] |= {"timeout": 0.5, "reconnect_timeout": 0.4}  # noqa: F405
