"""A reader of words: which class a text is likely of, by its characters (one to three in a row, so Chinese works).

Plain arrays in and out, no database. Learning is scikit-learn's (TF-IDF, one logistic regression a class by stochastic
gradient); reading is a few lines of numpy, so that a web process neither loads that library nor runs anything that was
stored: a reader is kept as arrays and a list of n-grams.
"""

from __future__ import annotations

import io
import math
import re
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from tqdm import tqdm

LONGEST_NGRAM = 3
MOST_NGRAMS = 30_000
MOST_CHARACTERS = 2_000
# Texts are gone through 20 times where they are few, 5 times where they are many.
EPOCHS, FEWEST_EPOCHS, TEXTS_IN_ALL, CHUNK = 20, 5, 200_000, 20_000
# On the demo city's phrases held back whole, 1e-5 had the least log loss (2.5) of 1e-3 … 1e-6; logistic regression by
# L-BFGS with C = 1 … 100 had 2.7 at best and takes 4.9 s for 3,600 cases instead of 1.1 s.
ALPHA = 1e-5
_DIGITS = re.compile(r"\d+")


class BadReader(ValueError):
    """What is stored is no reader: arrays and n-grams do not fit together."""


@dataclass(frozen=True, slots=True)
class Reader:
    """n n-grams with their places and weights `idf` (n,); `coef` (k, n) and `bias` (k,) of the k `classes` (k,)."""

    ngrams: dict[str, int]
    idf: np.ndarray
    coef: np.ndarray
    bias: np.ndarray
    classes: np.ndarray

    def probabilities(self, words: str) -> np.ndarray | None:
        """(k,) the share of belief in each class, in the order of `classes`; None where no n-gram is known."""
        counts = Counter(known for gram in ngrams_of(tidy(words)) if (known := self.ngrams.get(gram)) is not None)
        if not counts:
            return None
        at = np.fromiter(counts, dtype=np.int64, count=len(counts))
        weight = (1.0 + np.log(np.fromiter(counts.values(), dtype=np.float64, count=len(counts)))) * self.idf[at]
        score = self.coef[:, at] @ (weight / math.sqrt(float(weight @ weight))) + self.bias
        likely = 1.0 / (1.0 + np.exp(-np.clip(score, -700.0, 700.0)))
        return np.asarray(likely / likely.sum())

    def stored(self) -> tuple[bytes, dict[str, Any]]:
        """The reader as bytes of arrays (npz) and JSON data."""
        out = io.BytesIO()
        np.savez_compressed(out, idf=self.idf, coef=self.coef, bias=self.bias, classes=self.classes)
        return out.getvalue(), {"longest": LONGEST_NGRAM, "ngrams": list(self.ngrams)}


def read_stored(weights: bytes, vocabulary: dict[str, Any]) -> Reader:
    """The reader that was stored; objects in the arrays are refused, so that nothing is run.

    Raises
    ------
    BadReader : it is not what `Reader.stored` gives
    """
    try:
        with np.load(io.BytesIO(weights), allow_pickle=False) as found:
            idf, coef, bias, classes = (np.asarray(found[name]) for name in ("idf", "coef", "bias", "classes"))
        grams = [str(gram) for gram in vocabulary["ngrams"]]
        longest = vocabulary["longest"]
    except (ValueError, KeyError, TypeError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise BadReader(f"The stored reader cannot be read: {error}") from error
    shapes = (idf.shape, coef.shape, bias.shape)
    if shapes != ((len(grams),), (len(classes), len(grams)), (len(classes),)) or longest != LONGEST_NGRAM:
        raise BadReader(f"The stored reader does not fit together: {shapes}, {len(grams)} n-grams up to {longest}.")
    return Reader({gram: n for n, gram in enumerate(grams)}, idf, coef, bias, classes)


def tidy(words: str) -> str:
    """A text as it is learnt and read: one width, lower case, single spaces, any number is 0.

    >>> tidy("ＡＢ  人民路１２８号\\n井盖响")
    'ab 人民路0号 井盖响'
    """
    plain = " ".join(unicodedata.normalize("NFKC", words[:MOST_CHARACTERS]).lower().split())
    return _DIGITS.sub("0", plain)


def ngrams_of(text: str) -> list[str]:
    """All runs of one to three characters.

    >>> ngrams_of("井盖")
    ['井', '盖', '井盖']
    """
    return [text[n : n + size] for size in range(1, LONGEST_NGRAM + 1) for n in range(len(text) - size + 1)]


def learn(texts: Sequence[str], classes: np.ndarray, *, seed: int = 0, least: int = 2, show: bool = False) -> Reader:
    """A reader of (n,) texts with their (n,) classes, two or more; n-grams in fewer than `least` texts do not count."""
    # Here alone, as it takes a second to load and only the command that trains needs it.
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import SGDClassifier

    counting = TfidfVectorizer(
        analyzer=ngrams_of, sublinear_tf=True, min_df=least, max_features=MOST_NGRAMS, dtype=np.float32
    )
    table = counting.fit_transform([tidy(text) for text in texts])
    known, labels = np.unique(classes, return_inverse=True)
    model = SGDClassifier(loss="log_loss", alpha=ALPHA, shuffle=False)
    rng = np.random.default_rng(seed)
    starts = range(0, len(labels), CHUNK)
    epochs = min(EPOCHS, max(FEWEST_EPOCHS, TEXTS_IN_ALL // len(labels)))
    with tqdm(total=epochs * len(starts), desc="learn", disable=not show) as progress:
        for _ in range(epochs):
            order = rng.permutation(len(labels))
            for start in starts:
                part = order[start : start + CHUNK]
                model.partial_fit(table[part], labels[part], classes=np.arange(len(known)))
                progress.update()
    coef, bias = model.coef_, model.intercept_
    if len(known) == 2:  # one line divides two classes
        coef, bias = np.vstack([-coef, coef]), np.concatenate([-bias, bias])
    return Reader(
        {str(gram): n for n, gram in enumerate(counting.get_feature_names_out())},
        counting.idf_.astype(np.float32),
        coef.astype(np.float32),
        bias.astype(np.float32),
        known,
    )
