"""Addresses are text: one with a NUL in it, which no table could look for, is refused before any page reads it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin

from maps.errors import NO_TEXT, BadRequest, refused

_WRITTEN = "%00"


class OnlyText(MiddlewareMixin):
    """The first look at an address."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        if _WRITTEN in request.META.get("QUERY_STRING", "") or NO_TEXT.search(request.path_info):
            return refused(request, BadRequest("The address has signs that are no text.", hint="Leave NUL out."))
        return None
