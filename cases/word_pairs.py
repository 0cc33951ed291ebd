"""Finding words of two signs by an index: most Chinese words are two signs long, and trigrams need three.

Every letter is written twice, 路面 as 路路面面: then two letters next to each other make two trigrams, and `LIKE` over
the doubled text is answered by a trigram index from two letters on. The answer is the same as over the plain text: the
doubled words begin at a doubled letter, or all their letters are one and the same.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Value
from django.db.models.functions import Lower


def doubled(words: str) -> str:
    """Words as they stand in the doubled text.

    >>> doubled("路面A")
    '路路面面aa'
    """
    return "".join(sign * 2 for sign in words.lower())


class WordPairs(models.Func):
    """The doubled text of two columns, in small letters; the expression of the index `case_word_pairs`."""

    template = r"regexp_replace(%(expressions)s, '(.)', '\1\1', 'g')"
    output_field = models.TextField()

    def __init__(self, *columns: str) -> None:
        first, second = (models.F(column) for column in columns)
        super().__init__(Lower(_Joined(first, Value(" "), second)))


class _Joined(models.Func):
    """Texts one after the other by `||`, which an index takes; the functions of Django's Concat are not immutable."""

    function, template, arg_joiner = "", "%(expressions)s", " || "
    output_field = models.TextField()
