"""The addresses of the REST door, below `/rest/v1/`."""

from django.urls import URLPattern, path

from maps import problem_json
from maps.rest import cases, ground, work
from maps.rest.door import api, document

# Each module has put its answers on the one API.
ANSWERS = (cases, ground, work)


def _served(pattern: URLPattern) -> URLPattern:
    verbs = {"rest-cases": ("GET", "HEAD", "POST")}.get(str(pattern.name), ("GET", "HEAD"))
    pattern.callback = problem_json.for_programs(pattern.callback, verbs=verbs)
    return pattern


urlpatterns = [
    path("openapi.json", problem_json.for_programs(document), name="rest-openapi"),
    *(_served(pattern) for pattern in api.urls[0] if isinstance(pattern, URLPattern) and pattern.name != "api-root"),
    path("<path:rest>", problem_json.for_programs(problem_json.nothing), name="rest-nothing"),
]
