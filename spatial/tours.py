"""A round through places for which there is not time enough: which of them, and in which order.

Each place has a weight, each visit takes its time, the day has an end: the orienteering problem (Golden, Levy & Vohra,
The orienteering problem, Naval Research Logistics 34, 1987). OR-tools' routing solves it: a place left out costs its
weight, a way costs its metres. It is asked for so many solutions, not for so many seconds, so that one question
has one answer on any machine: 90 places take 0.06 s of a core, and more solutions change less than one per cent. The
seconds are only what it never exceeds.
"""

from __future__ import annotations

import numpy as np

from spatial.partition import Floats

# A place of weight 1 is worth a way of so many metres: what is left out is decided by the time, not by the way.
METRES_OF_WEIGHT = 1000
# Solutions that are looked at, each better than the last or a way out of where that led.
SOLUTIONS = 30
MOST_S = 1


def round_through(
    xy: Floats, weights: Floats, *, start: Floats, visit_s: float, kmh: float, budget_s: float, most: int
) -> list[int]:
    """The places to visit, in their order, beginning near `start` and ending anywhere.

    The way to the nearest place costs nothing and none takes time to begin with, or who asks from afar would be given
    nothing. OR-tools is imported by the first call of a process (half a second).

    Parameters
    ----------
    xy : (n, 2) float64, metres
    weights : (n,) float64, what a visit is worth; none below 0
    start : (2,) float64, metres
    visit_s, kmh, budget_s : the time at each place, the speed as the crow flies, and the time that there is
    most : so many places at the most

    Examples
    --------
    >>> line = np.array([[30.0, 0.0], [10.0, 0.0], [20.0, 0.0]])
    >>> ask = {"start": np.zeros(2), "visit_s": 60, "kmh": 3.6, "most": 9}
    >>> round_through(line, np.ones(3), budget_s=3600, **ask)
    [1, 2, 0]
    >>> round_through(line, np.array([5.0, 1.0, 1.0]), budget_s=100, **ask)
    [0]
    """
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    count = len(xy)
    if not count or most < 1:
        return []
    end = count + 1
    places = np.vstack([np.reshape(start, (1, 2)), xy])
    metres = np.zeros((count + 2, count + 2))
    metres[:end, :end] = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    metres[0, 1:end] -= metres[0, 1:end].min()
    seconds = metres * 3.6 / kmh
    seconds[0] = 0.0
    seconds[:, 1:end] += visit_s
    manager = pywrapcp.RoutingIndexManager(count + 2, 1, [0], [end])
    routing = pywrapcp.RoutingModel(manager)
    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitMatrix(_whole(metres)))
    # Rounded upwards: a round that is proposed can be walked.
    clock = routing.RegisterTransitMatrix(_whole(np.ceil(seconds)))
    routing.AddDimension(clock, 0, max(int(budget_s), 0), True, "time")
    each = routing.RegisterUnaryTransitVector([0, *[1] * count, 0])
    routing.AddDimension(each, 0, int(most), True, "places")
    for node, worth in enumerate(_whole(np.rint(weights * METRES_OF_WEIGHT)), start=1):
        routing.AddDisjunction([manager.NodeToIndex(node)], worth)
    asked = pywrapcp.DefaultRoutingSearchParameters()
    asked.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    asked.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    asked.solution_limit = SOLUTIONS
    asked.time_limit.seconds = MOST_S
    found = routing.SolveWithParameters(asked)
    if found is None:
        return []
    order = []
    at = found.Value(routing.NextVar(routing.Start(0)))
    while not routing.IsEnd(at):
        order.append(int(manager.IndexToNode(at)) - 1)
        at = found.Value(routing.NextVar(at))
    return order


def length(xy: Floats, order: list[int], *, start: Floats) -> float:
    """Metres of a way, straight from one place to the next."""
    way = np.vstack([np.reshape(start, (1, 2)), xy[order]])
    return float(np.hypot(*np.diff(way, axis=0).T).sum())


def _whole(values: Floats) -> list[int]:
    whole: list[int] = values.astype(np.int64).tolist()
    return whole
