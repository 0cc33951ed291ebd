"""Hot spots of an archive: of the same cases the same as of the database, without one of them in it."""

from __future__ import annotations

import datetime as dt
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from django.core.management import CommandError, call_command

from cases.demo.planting import plant
from cases.models import Case
from tests.cases.hotspot_desk import TODAY, empty_city, ordinary_cases

pytestmark = pytest.mark.django_db
DAYS = {"since": TODAY - dt.timedelta(days=28), "until": TODAY - dt.timedelta(days=1)}


@pytest.fixture
def counts(tmp_path: Path, settings: Any) -> Path:
    """The cases of a city as an archive, snapped and counted by class; they stay in the database, too."""
    settings.REPORTS = tmp_path
    ordinary_cases(empty_city())
    plant(1, seed=3, today=TODAY, effects=(6.0,))
    rows = Case.objects.values_list(
        "given_x", "given_y", "reported_at", "catalogue_class__major", "catalogue_class__minor"
    )
    frame = pd.DataFrame(rows, columns=["lon", "lat", "at", "major", "minor"])
    frame["code"] = frame["major"] + frame["minor"]
    frame.to_parquet(tmp_path / "cases.parquet", index=False)
    asked = ["--time", "at", "--class-column", "code", "--json"]
    call_command(
        "snap_archive", str(tmp_path / "cases.parquet"), "--out", str(tmp_path / "out"), *asked, stdout=StringIO()
    )
    return tmp_path / "out" / "counts.parquet"


def found(**given: Any) -> dict[str, Any]:
    out = StringIO()
    call_command("hotspots", **DAYS, json=True, stdout=out, **given)
    return dict(json.loads(out.getvalue()))


def without_cases(told: dict[str, Any]) -> dict[str, Any]:
    spots = [{name: value for name, value in spot.items() if name != "cases"} for spot in told["found"]]
    return {**told, "found": spots, "seconds": 0}


@pytest.mark.parametrize("given", [{}, {"code": "0401"}, {"exposure": "area"}])
def test_an_archive_of_the_same_cases_gives_the_same_answer(counts: Path, given: dict[str, str]) -> None:
    ours, theirs = found(**given), found(archive=counts, **given)
    if not given:
        assert theirs["found"]
        assert theirs["found"][0]["drives"] is not None
    for one, other in zip(without_cases(theirs)["found"], without_cases(ours)["found"], strict=True):
        assert one == other
    assert without_cases(theirs) == without_cases(ours)
    assert all(spot["cases"] == [] for spot in theirs["found"])


def test_what_an_archive_does_not_know_is_said(counts: Path, tmp_path: Path) -> None:
    table = pd.read_parquet(counts)
    table.drop(columns="class").to_parquet(tmp_path / "plain.parquet")
    table.drop(columns="day").to_parquet(tmp_path / "no_days.parquet")
    table[:0].to_parquet(tmp_path / "empty.parquet")
    (tmp_path / "none.parquet").write_text("x")
    for words, given in (
        ("sources", {"source": "patrol"}),
        ("kinds", {"kind": "event"}),
        ("counted by cells", {"frame": "h3:9"}),
        ("--class-column", {"archive": tmp_path / "plain.parquet", "code": "04"}),
        ("no column day", {"archive": tmp_path / "no_days.parquet"}),
        ("counts nothing", {"archive": tmp_path / "empty.parquet"}),
        ("cannot be read", {"archive": tmp_path / "none.parquet"}),
        ("cannot be read", {"archive": tmp_path / "away.parquet"}),
    ):
        with pytest.raises(CommandError, match=words):
            found(**{"archive": counts, **given})
    plain = found(archive=tmp_path / "plain.parquet")
    assert plain["cases"] == found(archive=counts)["cases"]
    # Cells that this edition has not are outside.
    table.assign(cell="x" + table["cell"]).to_parquet(tmp_path / "other.parquet")
    other = found(archive=tmp_path / "other.parquet", exposure="area")
    assert (other["cases"], other["outside"]) == (0, plain["cases"] + plain["outside"])
