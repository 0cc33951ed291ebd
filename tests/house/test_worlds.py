"""What tests lean on: first data is there for every test, also after one that commits and empties the tables."""

from __future__ import annotations

import pytest
from django.apps import apps

from cells.models import CatalogueClass, Edition, Level, Role
from tests.makers import a_city

TABLES = ("cells.Level", "cells.Role", "cells.CatalogueEdition", "cells.CatalogueClass", "cases.CaseSource")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_a_test_that_commits_finds_the_first_data_and_no_city_of_another(turn: int) -> None:
    assert not Edition.objects.exists(), "a test before left its city behind"
    for label in TABLES:
        assert apps.get_model(label).objects.exists(), label
    assert Level.objects.count() == 6
    assert Role.objects.filter(slug=Role.DISPATCHER).exists()
    assert CatalogueClass.objects.in_use().events().minors().count() > 20
    a_city()  # left for the second turn to miss
