"""The answers of a report held against the questions of its service: attribute[CODE]=… and attribute[CODE][]=…."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict

from cases.models import OpenAttribute, OpenService
from maps.open311 import asking
from maps.open311.refusals import Fault, Refused

MOST_ANSWERS, MOST_SHORT, MOST_LONG = 50, 255, 4000
_KIND = OpenAttribute.Datatype


def of(service: OpenService, asked: QueryDict, faults: list[Fault]) -> dict[str, Any]:
    """The answers by their codes, texts and lists of texts; what is wrong is added to `faults`.

    An answer to a question that the service does not ask passes and is not kept: older programs send such.
    """
    found: dict[str, Any] = {}
    for question in service.attributes.all():
        if not question.asks:
            continue
        try:
            given = _given(asked, question.code)
            if not given:
                if question.required:
                    faults.append((400, f"attribute[{question.code}] is missing: {question.words('description')}"))
                continue
            found[question.code] = _answer(question, given)
        except Refused as refused:
            faults += refused.faults
    return found


def _given(asked: QueryDict, code: str) -> list[str]:
    name = f"attribute[{code}]"
    values = [*asked.getlist(name), *asked.getlist(f"{name}[]")]
    return [found for value in values[:MOST_ANSWERS] if (found := asking.text({name: value}, name))]


def _answer(question: OpenAttribute, given: list[str]) -> Any:
    name = f"attribute[{question.code}]"
    if question.datatype == _KIND.MANY:
        _require_choice(question, name, given)
        return list(dict.fromkeys(given))
    if len(given) > 1:
        raise Refused([(400, f"{name} has {len(given)} values: it takes one.")])
    (one,) = given
    if question.datatype == _KIND.ONE:
        _require_choice(question, name, given)
    elif question.datatype == _KIND.NUMBER:
        asking.number({name: one}, name)
    elif question.datatype == _KIND.DATETIME:
        asking.moment_of(one, name)
    else:
        most = MOST_LONG if question.datatype == _KIND.TEXT else MOST_SHORT
        if len(one) > most:
            raise Refused([(400, f"{name} has {len(one)} characters: at most {most} are taken.")])
    return one


def _require_choice(question: OpenAttribute, name: str, given: list[str]) -> None:
    known = question.choices
    strange = [value for value in given if value not in known]
    if strange:
        raise Refused([(400, f"{name} has “{strange[0][:40]}”: it takes {', '.join(known)}.")])
