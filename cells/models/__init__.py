"""The nouns of the city: editions, grids, cells, components, catalogue, base layers, places, people, posts, teams."""

from cells.models.base_layers import Building, Green, Street, Water
from cells.models.catalogue import CatalogueClass, CatalogueEdition, FilingCondition
from cells.models.components import Component
from cells.models.divisions import DividedCommunity
from cells.models.editions import BeforeFirstEdition, Edition, NoEditionInForce
from cells.models.grids import Cell, CellVersion, Grid, GridVersion, Level
from cells.models.people import Person, Posting, Role
from cells.models.places import Place
from cells.models.plans import CellDescent, Plan, PlanCell, PlanEdit, PlanGrid, PlanRemark, PlanStep
from cells.models.population import Population
from cells.models.posts import Post, PostHolder, PostKind
from cells.models.roster import DutyShift, Team, TeamKind
from cells.models.rules import PlanCheck, Rule

__all__ = [
    "BeforeFirstEdition",
    "Building",
    "CatalogueClass",
    "CatalogueEdition",
    "Cell",
    "CellDescent",
    "CellVersion",
    "Component",
    "DividedCommunity",
    "DutyShift",
    "Edition",
    "FilingCondition",
    "Green",
    "Grid",
    "GridVersion",
    "Level",
    "NoEditionInForce",
    "Person",
    "Place",
    "Plan",
    "PlanCell",
    "PlanCheck",
    "PlanEdit",
    "PlanGrid",
    "PlanRemark",
    "PlanStep",
    "Population",
    "Post",
    "PostHolder",
    "PostKind",
    "Posting",
    "Role",
    "Rule",
    "Street",
    "Team",
    "TeamKind",
    "Water",
]
