"""The table of the benches: docs/bench.json keeps the figures of each bench's last whole run, tables are made of it.

`python -m tests.bench --keep` puts a run's figures there (each bench with its commit and moment; a partial run leaves
the others as they are) and writes docs/bench.md and the README's part anew. A row says what is measured, ours, beside
whom, the ratio, and the bar that it must reach, where there is one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
KEPT, PAGE, README = ROOT / "docs" / "bench.json", ROOT / "docs" / "bench.md", ROOT / "README.md"
BEGIN, END = "<!-- bench: made by `python -m tests.bench --keep` -->", "<!-- /bench -->"

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `ours` and `beside` make words of a bench's figures; `ratio` is compared with the bar."""

    bench: str
    what: str
    ours: Callable[[Figures], str]
    beside: Callable[[Figures], str]
    ratio: Callable[[Figures], float] | None = None
    bar: float | None = None
    least: bool = True  # the bar is the least, else the most
    readme: bool = False

    def reached(self, found: Figures) -> str:
        """The bar in words, and whether it was reached."""
        if self.ratio is None or self.bar is None:
            return "–"
        ratio = self.ratio(found)
        good = ratio >= self.bar if self.least else ratio <= self.bar
        return f"{'≥' if self.least else '≤'} {self.bar:g}: {'reached' if good else 'NOT REACHED'}"


def _n(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


ROWS = (
    Row("routing", "places routed in bulk, {bulk[cells]:,} cells, {bulk[points]:,} points, one core",
        lambda f: f"{_n(f['bulk']['ours_per_s'])} a second",
        lambda f: f"geopandas `sjoin` {_n(f['bulk']['sjoin_per_s'])} a second: {f['bulk']['ours_to_sjoin']:g}×",
        lambda f: f["bulk"]["ours_to_sjoin"], 12, readme=True),
    Row("routing", "… in a city of {city[cells]:,} cells, {city[points]:,} points, the same owners",
        lambda f: f"{_n(f['city']['owners_per_s'])} a second; with rule and metres to the border "
                  f"{_n(f['city']['ours_per_s'])}",
        lambda f: f"PostGIS, set-based, {_n(f['city']['postgis_plain_per_s'])} a second: "
                  f"{_n(f['city']['owners_to_postgis_plain'])}×; the ORM one by one "
                  f"{_n(f['city']['owners_to_orm_one_by_one'])}×",
        lambda f: f["city"]["owners_to_postgis_plain"], 100, readme=True),
    Row("routing", "one place in process; with its whole explanation",
        lambda f: f"{f['bulk']['single_us']:g} µs; {f['city']['explain_us']:g} µs",
        lambda f: f"one query of PostGIS through the ORM {1e6 / f['city']['orm_one_by_one_per_s']:,.0f} µs: "
                  f"{1e6 / f['city']['orm_one_by_one_per_s'] / f['bulk']['single_us']:,.0f}×",
        lambda f: 1e6 / f["city"]["orm_one_by_one_per_s"] / f["bulk"]["single_us"], 50, readme=True),
    Row("web_route", "`GET /api/route` over HTTP, {workers} workers, {callers} callers",
        lambda f: f"{_n(f['route']['per_s'])} a second",
        lambda f: f"the same server with a constant answer {_n(f['constant']['per_s'])} a second: "
                  f"{f['route_to_constant']:.0%} of it (a constant answer without any statement to the database: "
                  f"{_n(f['seatless']['per_s'])})",
        lambda f: f["route_to_constant"], 0.7, readme=True),
    Row("refresh", "locator of {locator[cells]:,} cells built, one core",
        lambda f: f"{f['locator']['build_s']:g} s, {f['locator']['megabytes']:,} MB",
        lambda f: f"then {_n(f['locator']['places_per_s'])} places a second",
        lambda f: f["locator"]["build_s"], 5, least=False, readme=True),
    Row("refresh", "the ground of the next edition, {changed} of {cells:,} cells with new shapes",
        lambda f: f"{f['after_ms']:g} ms; the locator of 205,920 cells amended by 50 / 500 / 5,000 "
                  + " / ".join(f"{one['ms']:g}" for one in f["locator"]["amended"].values()) + " ms",
        lambda f: f"read whole: {f['whole_to_after']:g}×", readme=True),
    Row("refresh", "places asked for while {changed} of {cells:,} cells get new shapes by a publish, 2 workers",
        lambda f: f"longest wait grows by {f['longest_wait_grows_by_ms']:g} ms: "
                  f"{f['while_it_is_made']['most_ms']:g} ms, before {f['before']['most_ms']:g} ms; "
                  f"{f['wrong_after_the_publish']} wrong",
        lambda f: f"waiting for the new ground would be {f['ground_s'] * 1000:,.0f} ms",
        lambda f: f["longest_wait_grows_by_ms"], 50, least=False, readme=True),
    Row("tiles", "vector tiles of the city that is loaded, uncached",
        lambda f: f"largest {max(z['ours_kb_max'] for z in f['zooms'].values()):.0f} kB",
        lambda f: f"the same rows as GeoJSON through the ORM: {f['geojson_to_ours_time']:g}× the time, "
                  f"{f['geojson_to_ours_size']:g}× the size",
        lambda f: max(z["ours_kb_max"] for z in f["zooms"].values()), 200, least=False, readme=True),
    Row("big_tiles", "vector tiles of {cells:,} cells, zooms 7 to 18, kept, p95",
        lambda f: f"{f['kept_p95_ms']:.1f} ms; after a publish {f['stale_after_the_publish']} stale of "
                  f"{f['tiles_changed_by_a_publish']} that changed",
        lambda f: f"a page that says SELECT 1, median: {f['kept_to_page']:g}×",
        lambda f: f["kept_to_page"], 3, least=False, readme=True),
    Row("big_tiles", "… drawn, p95",
        lambda f: f"{f['drawn_p95_ms']:.0f} ms; largest {f['kb_most']:.0f} kB",
        lambda f: f"the same page: {f['drawn_to_page']:g}×",
        lambda f: f["drawn_to_page"], 60, least=False, readme=True),
    Row("hotspots", "Gi* of {cells:,} cells, z",
        lambda f: f"{f['gi_star_z_ms']:g} ms",
        lambda f: f"esda's closed form {f['esda_s']:g} s: {_n(f['ours_to_esda'])}×; largest difference of z "
                  f"{f['max_abs_dz']:.0e}",
        lambda f: f["ours_to_esda"], 200, readme=True),
    Row("density", "density of 200,704 cases in a city of as many cells",
        lambda f: f"{f['200704']['ours_ms']:g} ms; the picture of it {f['200704']['picture_kb']:g} kB",
        lambda f: f"scikit-learn's KernelDensity {f['200704']['kernel_density_s']:g} s: {_n(f['200704']['ratio'])}× "
                  f"({_n(f['5041']['ratio'])}× with 5,041, {_n(f['50176']['ratio'])}× with 50,176); largest difference "
                  f"{max(one['largest_difference_of_the_peak'] for one in f.values()):.1%} of the peak; as folium's "
                  f"HeatMap page {_n(f['200704']['folium_heatmap_kb'])} kB"),
    Row("tracks", "points of patrols into visits, a day's hundredth",
        lambda f: f"{_n(f['860000']['points_per_second'])} points a second",
        lambda f: f"a plain COPY of the same points {_n(f['860000']['copy_points_per_second'])}: "
                  f"{f['860000']['times_copy']:g}× its time; growth per point from 215 to 860 thousand "
                  f"{f['growth_per_point']:g}", readme=True),
    Row("imports", "cases from a file, routed, with histories and clocks",
        lambda f: f"{_n(f['cases']['rows_per_s'])} a second",
        lambda f: f"`bulk_create` of the same cases and lines of history: {f['cases']['times_with_histories']:g}× as "
                  f"fast; of the cases alone: {f['cases']['times_bulk_create']:g}×",
        lambda f: f["cases"]["times_with_histories"], 5, readme=True),
    Row("imports", "components from a file, snapped and coded",
        lambda f: f"{_n(f['components']['rows_per_s'])} a second",
        lambda f: f"`bulk_create` of the same rows: {f['components']['times_bulk_create']:g}× as fast",
        lambda f: f["components"]["times_bulk_create"], 5, readme=True),
    Row("intake", "a case through the service: routing, clocks, sealed history",
        lambda f: f"{_n(f['service_per_s'])} a second",
        lambda f: f"a plain insert: {f['service_to_plain_time']:g}× its time", readme=True),
    Row("web_intake", "… over HTTP, {workers} workers, {connections} callers at once",
        lambda f: f"{f['case']['per_s']:g} a second",
        lambda f: f"a plain insert on the same server: {f['case_to_insert_time']:g}× its time", readme=True),
    Row("soak", "half an hour of intake over HTTP, 2 workers, {cases:,} cases",
        lambda f: f"{f['errors']} errors, {f['filed']:,} found; p95 {f['p95_ms']['grows']:+.0%}, memory "
                  f"{f['workers_mb']['grows']:+.1%}",
        lambda f: f"a select by key meanwhile {f['floor_p50_ms']['grows']:+.0%}",
        lambda f: f["p95_ms"]["grows"], 0.1, least=False, readme=True),
    Row("web_desk", "a community's queue with {cases:,} cases, over HTTP, p95",
        lambda f: f"{f['over_http']['queue_assign']['p95_ms']:.0f} ms",
        lambda f: f"a page that selects one row by its key: "
                  f"{f['over_http']['queue_assign']['p95_to_select_by_key']:g}×; the whole desk "
                  f"{f['over_http']['desk_of_a_community']['p95_to_select_by_key']:g}×", readme=True),
    Row("web_map", "the dispatcher's map with {open:,} open cases in Chromium, first view",
        lambda f: f"{f['with']['data_kb']:.0f} kB of data, painted after {f['with']['painted_ms']:.0f} ms, "
                  f"{f['with']['frames_per_s_near']:.0f} frames a second",
        lambda f: f"without cases {f['without']['data_kb']:.0f} kB, {f['without']['frames_per_s_near']:.0f} frames; "
                  f"the same points as folium's HeatMap page {f['folium_heatmap_kb']:.0f} kB",
        lambda f: f["with"]["data_kb"], 500, least=False, readme=True),
    Row("web_leader", "the leader's page with {cases:,} cases, over HTTP, p95",
        lambda f: f"{f['over_http']['leaders_page']['p95_ms']:.0f} ms",
        lambda f: f"the same: {f['over_http']['leaders_page']['p95_to_select_by_key']:g}×; its book of days "
                  f"differs from a full recount in {f['differences_at_the_end']} rows", readme=True),
    Row("ranking", "a year's ranking of communities over {cases:,} cases",
        lambda f: f"{f['community']['ranking_s']:.1f} s",
        lambda f: f"a plain GROUP BY of the same rows {f['community']['group_by_s']:.1f} s: "
                  f"{f['community']['ratio']:g}×",
        readme=True),
    Row("batch", "archives snapped part by part, {cells:,} cells, 16 million places",
        lambda f: f"{_n(f['sizes']['16000000']['no_workers']['points_per_s'])} a second",
        lambda f: f"by two workers "
                  f"{f['sizes']['16000000']['speed_up']['2_workers']:g}×; growth per point from 1 to 16 "
                  f"million {f['growth_per_point']:g}", readme=True),
    Row("archives", "rates of 16 million cases in files, by community",
        lambda f: f"{_n(f['rates']['sizes']['16000000']['rows_per_s'])} cases a second",
        lambda f: f"by two workers {f['rates']['sizes']['16000000']['speed_up']['2_workers']:g}×; time a case at "
                  f"sixteen times as many {f['rates']['growth_per_row']:g}"),
    Row("archives", "patrols' tracks in files into visits and coverage, 8 million points",
        lambda f: f"{_n(f['coverage']['sizes']['8000000']['rows_per_s'])} points a second",
        lambda f: f"by two workers {f['coverage']['sizes']['8000000']['speed_up']['2_workers']:g}×; time a point at "
                  f"sixteen times as many {f['coverage']['growth_per_row']:g}"),
    Row("edits", "a shared border moved among {cells:,} cells, proved",
        lambda f: f"{f['move_arc']['median_ms']:g} ms",
        lambda f: f"checking the whole coverage: {f['whole_to_moved_border']:g}×", readme=True),
    Row("plans", "… in a plan of a city of {cells_of_the_city:,} cells, stored",
        lambda f: f"{f['move_border']['median_ms']:g} ms, 99 of 100 within {f['move_border']['p99_ms']:g} ms",
        lambda f: f"reading and checking the city: {f['move_border']['ratio']:g}×", readme=True),
    Row("impact", "200 cells painted there, then the impact",
        lambda f: f"{f['paint_200_cells_ms']:g} ms, then {f['impact_median_ms']:g} ms",
        lambda f: f"locating and counting everything: {f['ratio']:g}×"),
    Row("publishing", "a plan published in a city of {cells_of_the_city:,} cells; ten times the rows",
        lambda f: f"{f['growth_of_time_for_10_times_the_rows']:g}× the time for 10× the rows",
        lambda f: f"routing everything anew: {f['naive_to_ours']:g}×", readme=True),
)  # fmt: skip


def keep(run: dict[str, Any]) -> None:
    """Put the benches of a whole run into docs/bench.json; each keeps its commit, moment and machine."""
    kept = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    about = {key: run[key] for key in ("at", "commit", "machine")}
    for name, figures in run.items():
        if name not in ("at", "commit", "machine", "small"):
            kept[name] = {**about, "figures": figures}
    KEPT.write_text(json.dumps(dict(sorted(kept.items())), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def page(kept: dict[str, Any]) -> str:
    """docs/bench.md."""
    lines = [
        "# Figures", "",
        "Made from docs/bench.json by `python -m tests.bench --keep`; do not edit. Ours and the rival take turns in",
        "one run on one machine: read the ratios, not the times. How each rival is set up: `tests/bench`.",
        "", "| what | ours | beside | bar | commit, day |", "|---|---|---|---|---|",
    ]  # fmt: skip
    for row, found in _there(kept):
        figures = found["figures"]
        lines.append(
            f"| {row.what.format(**figures)} | {row.ours(figures)} | {row.beside(figures)} | {row.reached(figures)} "
            f"| {found['commit']}, {found['at'][:10]} |"
        )
    machines = {json.dumps(found["machine"], sort_keys=True) for found in kept.values()}
    lines += ["", *(f"Machine: {words(json.loads(one))}." for one in sorted(machines))]
    return "\n".join(lines) + "\n"


def words(machine: dict[str, Any]) -> str:
    """A machine as people say it."""
    return f"{machine['cores']} cores ({machine['kind']}), Python {machine['python']}"


def part(kept: dict[str, Any]) -> str:
    """The README's part, without its marks."""
    lines = ["| | Wanmi | beside |", "|---|---|---|"]
    for row, found in _there(kept):
        if row.readme:
            figures = found["figures"]
            lines.append(f"| {row.what.format(**figures)} | {row.ours(figures)} | {row.beside(figures)} |")
    return "\n".join(lines)


def _there(kept: dict[str, Any]) -> list[tuple[Row, dict[str, Any]]]:
    return [(row, kept[row.bench]) for row in ROWS if row.bench in kept]


def write() -> None:
    """docs/bench.md and the README's part, anew."""
    kept = json.loads(KEPT.read_text(encoding="utf-8"))
    PAGE.write_text(page(kept), encoding="utf-8")
    readme = README.read_text(encoding="utf-8")
    pattern = re.compile(f"{re.escape(BEGIN)}\n.*?{re.escape(END)}", re.S)
    README.write_text(pattern.sub(lambda _: f"{BEGIN}\n{part(kept)}\n{END}", readme), encoding="utf-8")
