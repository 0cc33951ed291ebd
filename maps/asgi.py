"""The site as an ASGI application: pages run in threads, live streams in the event loop."""

import gc
import os
from typing import Any

import django
from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.base import BaseHandler
from django.http import HttpRequest
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maps.settings")
# The views that are coroutines. One that is left out here works too, but holds a thread as long as it runs.
STREAMS = frozenset({"/live/"})


class Site(ASGIHandler):
    """Django's handler, where a page goes through the middleware and its view in one piece, in one thread.

    Django's own walks the middleware in the event loop and sends each part of it to the thread and back: some twenty
    changes of hands a page, by which the least of pages took twice as long as its work. And threads are handed on.
    """

    def __init__(self) -> None:
        super().__init__()
        self._pages = BaseHandler()
        self._pages.load_middleware(is_async=False)
        self._threads = PageThreads()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """A request, from its first byte to its last."""
        if scope["type"] != "http" or scope["path"] in STREAMS:
            await super().__call__(scope, receive, send)
            return
        thread = self._threads.take()
        scope["wanmi.thread"] = thread
        try:
            async with ThreadSensitiveContext(executor=thread):
                await self.handle(scope, receive, send)
        finally:
            self._threads.give_back(thread)

    async def get_response_async(self, request: HttpRequest) -> Any:
        """The answer to a request."""
        thread = getattr(request, "scope", {}).get("wanmi.thread")
        if thread is None:
            return await super().get_response_async(request)

        def page() -> Any:
            try:
                return self._pages.get_response(request)
            finally:
                thread.remember()

        return await sync_to_async(page, thread_sensitive=True)()


django.setup(set_prefix=False)
from cells import routing  # noqa: E402  (Django has to be set up before)
from maps.page_threads import PageThreads  # noqa: E402

routing.make_beside()
application = Site()
# All that the site is made of is there now and stays: the collector need not look at it again, which held up every
# thread for a tenth of a second each time.
_ = get_resolver().url_patterns
gc.collect()
gc.freeze()
