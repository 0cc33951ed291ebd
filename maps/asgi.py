"""The site as an ASGI application: pages run in threads, live streams in the event loop."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maps.settings")
application = get_asgi_application()
