"""How a place is said, and the parts by which it can be found whatever their order: “20号 福荣街”, “Furong St 20”.

Pure but for the words themselves, which are data (fixtures/place_words.json): what only says “near it” falls away, what
is short becomes whole, a number in Chinese characters becomes digits, and roads said in one breath come apart.
"""

from __future__ import annotations

import json
import re
import unicodedata
from functools import cache
from typing import Any

from django.conf import settings

MOST_PARTS = 6
_DIGIT = {sign: value for value, sign in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2}
_TIMES = {"十": 10, "百": 100, "千": 1000}
_CHINESE = "一-鿿"


def tidy(words: str) -> str:
    """What was typed in one width, lower case, with single spaces.

    >>> tidy(" 祥光街４８号\\n ")
    '祥光街48号'
    """
    return " ".join(unicodedata.normalize("NFKC", words.replace("\0", " ")).lower().split())


def heard(said: str) -> str:
    """The place meant by what was said (tidy): without “beside”, with house numbers in digits.

    >>> heard("牡丹北路三十九号对面")
    '牡丹北路39号'
    >>> heard("解放路人民北路路口"), heard("人民路 12")
    ('解放路人民北路', '人民路12号')
    """
    rules = _rules()
    before = None
    while before != said:
        before = said
        for ending in sorted(rules["endings"], key=len, reverse=True):
            said = _without(said, said.removesuffix(ending))
        for ending in rules["crossing_endings"]:
            # “人民路口” is at the road, “解放路人民路路口” at the crossing.
            rest = said.removesuffix(ending)
            if rest != said and rest.endswith(tuple(rules["road_ends"])):
                said = _without(said, rest)
        for beginning in rules["beginnings"]:
            said = _without(said, said.removeprefix(f"{beginning} "))
    numbered = re.compile(rf"[{''.join([*_DIGIT, *_TIMES])}]+(?=\s*(?:{_any(rules['number_ends'])}))")
    said = numbered.sub(lambda found: str(number_of(found[0])), said)
    # A bare number behind a road is a door's.
    return re.sub(rf"(?<=[{_CHINESE}])(?<=[{''.join(end[-1] for end in rules['road_ends'])}])\s*(\d+)$", r"\1号", said)


def parts_of(meant: str) -> list[str]:
    """The parts of a place's name, each to be found in it: roads, numbers, words.

    >>> parts_of("20号 福荣街")
    ['20号', '福荣街']
    >>> parts_of("人民北路与自强路")
    ['人民北路', '自强路']
    >>> parts_of("furong st 20")
    ['furong', 'street', '20']
    """
    rules = _rules()
    ends = _any(rules["road_ends"])
    apart = re.sub(rf"(?<=[{_CHINESE}])(?=\d)|(?<=号)(?=[{_CHINESE}])", " ", meant)
    # A road's name has two characters or more before its ending, and “街道” is one word.
    apart = re.sub(
        rf"([{_CHINESE}]{{2,}}?(?:{ends}))(?!道)(?:{_any(rules['joiners'])})?(?=[{_CHINESE}]{{2}})", r"\1 ", apart
    )
    found: list[str] = []
    for word in re.split(r"[\s,;/&、，。]+", apart):
        whole = rules["short"].get(word.rstrip("."), word) if found else word
        if whole and whole not in rules["empty"] and whole not in found:
            found.append(whole)
    return found[:MOST_PARTS]


def number_of(signs: str) -> int:
    """A number in Chinese characters.

    >>> [number_of(signs) for signs in ("十二", "三十九", "二〇一", "一百零八", "两千")]
    [12, 39, 201, 108, 2000]
    """
    if not set(signs) & set(_TIMES):
        return int("".join(str(_DIGIT[sign]) for sign in signs))
    total, digit = 0, 0
    for sign in signs:
        if sign in _TIMES:
            total, digit = total + max(digit, 1) * _TIMES[sign], 0
        else:
            digit = _DIGIT[sign]
    return total + digit


def _without(said: str, rest: str) -> str:
    """The rest of what was said, where enough is left to find a place by."""
    rest = rest.strip()
    return rest if len(rest) >= 2 else said


def _any(words: list[str]) -> str:
    return "|".join(map(re.escape, words))


@cache
def _rules() -> dict[str, Any]:
    return dict(json.loads((settings.FIXTURE_DIRS[0] / "place_words.json").read_text(encoding="utf-8")))
