"""The site's settings with the floor's pages beside the site's own."""

from maps.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench._floor_urls"
