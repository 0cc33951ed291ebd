"""Training the model of words on the city's own cases, and judging it on cases that it has not seen.

The split is by time: trained on the earlier cases, judged on the latest, as it will be used. A random split would put
calls about one and the same problem on both sides and praise the model for remembering. What is stored is trained on
all of them; its figures are those of the judged one. Nothing is written before all is done.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

import numpy as np
from django.db import transaction

from cases.errors import CaseError
from cases.models import Case, ClassModel
from cases.wording import MOST_CHARACTERS, Reader, learn
from cases.workflow import Stage
from cells.models import CatalogueClass
from spatial.postgis import run

LEAST_CASES, LEAST_CLASSES, LEAST_OF_CLASS = 100, 2, 5
# The newest: more words of the same kind teach little and take minutes.
MOST_CASES = 100_000
KEPT_MODELS = 5
_LOCK = 7_301_977


class CannotTrain(CaseError):
    """There is too little to learn from."""


def train(
    *, at: dt.datetime, since: dt.datetime | None = None, holdout: float = 0.2, seed: int = 0, show: bool = False
) -> ClassModel:
    """Train on the filed cases that have a class in use and words, judge, store, and put the new model in use.

    `holdout` is the share of the latest cases kept back for judging (0: none, and no accuracy is known).

    Raises
    ------
    CannotTrain : too few cases or classes; `where` has the numbers found and needed
    """
    if not 0 <= holdout <= 0.5:
        raise CannotTrain(f"The share held out is {holdout}.", hint="It is from 0 to 0.5.", holdout=holdout)
    texts, classes = _cases(since)
    cut = len(texts) - round(len(texts) * holdout)
    names = _names(set(classes.tolist()))
    figures: dict[str, Any] = {}
    if cut < len(texts):
        judged = _learn(texts[:cut], classes[:cut], names, seed=seed, show=show)
        figures = judge(judged, texts[cut:], classes[cut:], before=classes[:cut], names=names)
    reader = _learn(texts, classes, names, seed=seed, show=show)
    import sklearn

    weights, vocabulary = reader.stored()
    rare = {names[pk][0]: n for pk, n in Counter(classes.tolist()).items() if n < LEAST_OF_CLASS}
    with transaction.atomic():
        run.row("cells", "lock_v1", [_LOCK])
        ClassModel.objects.filter(is_current=True).update(is_current=False)
        made = ClassModel.objects.create(
            made_at=at,
            is_current=True,
            library=f"scikit-learn {sklearn.__version__}",
            seed=seed,
            cases=len(texts),
            classes=len(reader.classes),
            held_out=len(texts) - cut,
            top1=figures.get("top1"),
            top3=figures.get("top3"),
            figures={"split": "time", "holdout": holdout, "too_rare": rare, **figures},
            vocabulary=vocabulary,
            weights=weights,
        )
        old = list(ClassModel.objects.filter(is_current=False).values_list("pk", flat=True)[KEPT_MODELS - 1 :])
        ClassModel.objects.filter(pk__in=old).delete()
    return made


def judge(
    reader: Reader, texts: list[str], classes: np.ndarray, *, before: np.ndarray, names: dict[int, tuple[str, str, str]]
) -> dict[str, Any]:
    """How often the first, and one of the first three, is right on texts not seen.

    A class that the reader was never shown counts as a miss. Beside it stands what always naming the commonest class,
    or the commonest three, of the cases `before` would have reached.
    """
    per: dict[int, list[int]] = {}
    for text, wanted in zip(texts, classes.tolist(), strict=True):
        belief = reader.probabilities(text)
        best = [] if belief is None else reader.classes[np.argsort(-belief, kind="stable")[:3]].tolist()
        count = per.setdefault(wanted, [0, 0, 0])
        count[0] += 1
        count[1] += best[:1] == [wanted]
        count[2] += wanted in best
    n, first, three = (sum(counts) for counts in zip(*per.values(), strict=True))
    common = [pk for pk, _ in Counter(before.tolist()).most_common(3)]
    return {
        "top1": first / n,
        "top3": three / n,
        "commonest_top1": float(np.isin(classes, common[:1]).mean()),
        "commonest_top3": float(np.isin(classes, common).mean()),
        "by_class": {
            names[pk][0]: {"n": counts[0], "top1": counts[1], "top3": counts[2]}
            for pk, counts in sorted(per.items(), key=lambda item: -item[1][0])
        },
    }


def _learn(
    texts: list[str], classes: np.ndarray, names: dict[int, tuple[str, str, str]], *, seed: int, show: bool
) -> Reader:
    """A reader of the classes that have enough cases, and of their names.

    Each class's name is one more text of it: of phrases never heard before, twice as many are read right (64 % against
    38 % on the demo city's phrases held back whole).
    """
    counts = Counter(classes.tolist())
    known = sorted(pk for pk, n in counts.items() if n >= LEAST_OF_CLASS)
    taken = np.isin(classes, known)
    if taken.sum() < LEAST_CASES or len(known) < LEAST_CLASSES:
        raise CannotTrain(
            f"There are {int(taken.sum())} cases of {len(known)} classes to learn from "
            f"(a class counts from {LEAST_OF_CLASS} cases on).",
            hint=f"It needs {LEAST_CASES} cases of {LEAST_CLASSES} classes: "
            "file more, take an earlier --since, or hold out less.",
            cases=int(taken.sum()),
            classes=len(known),
        )
    said = [text for text, one in zip(texts, taken.tolist(), strict=True) if one]
    called = [(pk, name) for pk in known for name in names[pk][1:] if name]
    labels = np.concatenate([classes[taken], np.array([pk for pk, _ in called], dtype=np.int64)])
    return learn([*said, *(name for _, name in called)], labels, seed=seed, show=show)


def _cases(since: dt.datetime | None) -> tuple[list[str], np.ndarray]:
    """Words and classes (ids) of the newest cases that were filed, oldest first."""
    found = (
        Case.objects.filter(catalogue_class__in=CatalogueClass.objects.in_use().minors())
        .exclude(stage__in=[Stage.REPORTED, Stage.VOID])
        .exclude(words="")
        .order_by("-reported_at", "-pk")
    )
    if since is not None:
        found = found.filter(reported_at__gte=since)
    rows = list(found.values_list("words", "catalogue_class_id")[:MOST_CASES])[::-1]
    return [words[:MOST_CHARACTERS] for words, _ in rows], np.array([pk for _, pk in rows], dtype=np.int64)


def _names(ids: set[int]) -> dict[int, tuple[str, str, str]]:
    """Kind and code, name in Chinese and in English of classes."""
    classes = CatalogueClass.objects.in_bulk(list(ids))
    return {pk: (f"{c.kind}-{c.code}", c.name_zh, c.name_en) for pk, c in classes.items()}
