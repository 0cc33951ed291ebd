"""The city's own figures, read by name: every limit that a check or a count uses stands in the table `Rule`."""

from __future__ import annotations

from cells.models import Rule

# Grades of management (DB11/T 2157-2023, 6.3) that make no core area. A city has names of its own for its grades: the
# others all count as core, so that an area is judged too strictly rather than forgotten.
OUTER_GRADES = ("outer", "外围")


def is_core(grade: str) -> bool:
    """Whether a grade of management makes a core area: any grade but none and those of OUTER_GRADES."""
    return grade != "" and grade not in OUTER_GRADES


class NoSuchRule(LookupError):
    """A figure that is asked for stands neither in the table nor in what a new city starts from."""

    def __init__(self, slug: str) -> None:
        self.slug = slug
        super().__init__(
            f"There is no rule “{slug}”: add it to the table of rules (fixtures/rules.json has the first)."
        )


def figures(*slugs: str) -> tuple[float, ...]:
    """The values of some rules, in the order asked for, by one query; raises NoSuchRule."""
    found = dict(Rule.objects.filter(pk__in=slugs).values_list("pk", "value"))
    for slug in slugs:
        if slug not in found:
            raise NoSuchRule(slug)
    return tuple(found[slug] for slug in slugs)
