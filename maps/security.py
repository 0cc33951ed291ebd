"""What a page of the site may load: its own files, and nothing from anywhere else (Content-Security-Policy)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin

HEADER = "Content-Security-Policy"
# MapLibre makes bitmaps as blobs; styles are set on elements by Leaflet and by our own scripts.
POLICY = "; ".join(
    [
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "style-src 'self' 'unsafe-inline'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
# A page may ask where the reader stands and take a picture (the officer's, the public's); nothing else of the machine.
PERMISSIONS = ", ".join(
    ["geolocation=(self)", "camera=(self)"]
    + [f"{name}=()" for name in ("microphone", "payment", "usb", "serial", "bluetooth", "midi", "display-capture")]
)
# For documents that a library writes with its scripts inside (folium), in a frame of our page: still nothing from
# elsewhere.
_FRAMED = POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
INLINE_SCRIPTS = f"{_FRAMED}; script-src 'self' 'unsafe-inline'"


class OnlyOwnFiles(MiddlewareMixin):
    """The policy on every answer that does not bring its own."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response.headers.setdefault(HEADER, POLICY)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        return response
