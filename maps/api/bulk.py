"""Many cases of a desk at once: whom each is proposed to and why, assign them all, and take that back.

GET  /api/desk/people?numbers=A,B,…     {"people": […], "cases": [{number, was, proposed: [{id, posted_here, away_m}]}]}
POST /api/desk/assign                   {"key", "note", "cases": [{"number", "person", "was"}]}
POST /api/desk/assign/undo              {"key", "of"}: `of` is the key of the act that is taken back

`was` is whose work a case was when it was looked at (null: nobody's); where it is another's by now, that case is
refused. Both acts answer `{"done": [{number, person}], "refused": [{number, error, sentence, detail, hint, where}],
"again"}`: each case is done or refused, and the act as a whole is done once.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from cases import bulk_assigning, candidates
from cases.bulk_assigning import Wanted
from cases.models import Case
from maps.api.acts import candidate_data, person_of
from maps.api.wire import answer_json, text_of
from maps.errors import BadRequest, for_people, json_body, sentence_of_class


@require_GET
@for_people
def people(request: HttpRequest) -> HttpResponse:
    """Whom the cases are proposed to, the first to be asked first; the loads count what is proposed by this answer."""
    numbers = [number for number in text_of(request.GET, "numbers").split(",") if number]
    if not 1 <= len(numbers) <= bulk_assigning.MOST:
        raise BadRequest(f"{len(numbers)} cases are named.", hint=f"Name 1 to {bulk_assigning.MOST}.", field="numbers")
    seen = Case.objects.in_territory_of(request.user).filter(number__in=numbers).defer("reason", "words")
    order = {number: n for n, number in enumerate(numbers)}
    cases = sorted(seen.select_related("owner"), key=lambda case: order[case.number])
    now = timezone.now()
    found = candidates.for_assigning_each(cases, at=now)
    known = {one.user.pk: candidate_data(one, at=now) for listed in found.values() for one in listed}
    return answer_json(
        {
            "people": [
                {name: value for name, value in told.items() if name not in ("posted_here", "away_m")}
                for told in known.values()
            ],
            "cases": [
                {
                    "number": case.number,
                    "was": case.assignee_id,
                    "proposed": [
                        {
                            "id": one.user.pk,
                            "posted_here": one.posted_here,
                            "away_m": None if one.away_m is None else round(one.away_m),
                        }
                        for one in found[case.pk]
                    ],
                }
                for case in cases
            ],
        }
    )


@require_POST
@for_people
def assign(request: HttpRequest) -> HttpResponse:
    """Assign each case to its person."""
    body = json_body(request)
    _known(body, ("key", "note", "cases"))
    listed = body.get("cases")
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise BadRequest("“cases” is no list of cases.", hint="Give [{number, person}, …].", field="cases")
    wanted = [_wanted(one) for one in listed]
    done, again = bulk_assigning.assign_many(
        wanted, key=text_of(body, "key"), note=text_of(body, "note"), by=request.user, at=timezone.now()
    )
    return _answered(done, again)


@require_POST
@for_people
def undo(request: HttpRequest) -> HttpResponse:
    """Take back what was assigned, of those cases that nobody touched since."""
    body = json_body(request)
    _known(body, ("key", "of"))
    done, again = bulk_assigning.take_back(
        text_of(body, "of"), key=text_of(body, "key"), by=request.user, at=timezone.now()
    )
    return _answered(done, again)


def _known(body: dict[str, Any], names: tuple[str, ...]) -> None:
    strange = sorted(set(body) - set(names))
    if strange:
        raise BadRequest(f"“{strange[0][:60]}” is not known here.", hint=f"Known: {', '.join(names)}.")


def _wanted(one: dict[str, Any]) -> Wanted:
    _known(one, ("number", "person", "was"))
    person = person_of(one.get("person"))
    if person is None:
        raise BadRequest("Whose work a case is to become is not said.", hint="Give “person”.", field="person")
    return Wanted(text_of(one, "number"), person, was=person_of(one.get("was")), seen="was" in one)


def _answered(result: dict[str, Any], again: bool) -> HttpResponse:
    done, refused = [], []
    for one in result["cases"]:
        why = one.get("refused")
        if why is None:
            done.append({"number": one["number"], "person": one["person"]})
        else:
            error, sentence = sentence_of_class(why["kind"])
            words = {name: why[name] for name in ("detail", "hint", "where")}
            refused.append({"number": one["number"], "error": error, "sentence": sentence, **words})
    return answer_json({"done": done, "refused": refused, "again": again})
