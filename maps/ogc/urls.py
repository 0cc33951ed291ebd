"""The addresses of OGC API – Features, below `/ogc/`."""

from django.urls import path

from maps.ogc import about, answers
from maps.problem_json import for_programs, nothing

urlpatterns = [
    path(address, for_programs(view), name=name)
    for address, view, name in (
        ("", about.landing, "ogc-landing"),
        ("api", about.document, "ogc-document"),
        ("conformance", about.conformance, "ogc-conformance"),
        ("collections", about.collections, "ogc-collections"),
        ("collections/<str:name>", about.collection, "ogc-collection"),
        ("collections/<str:name>/items", answers.items, "ogc-items"),
        ("collections/<str:name>/items/<str:code>", answers.item, "ogc-item"),
        ("<path:rest>", nothing, "ogc-nothing"),
    )
]
