"""What the city is: ground, codes, things, places, people."""

from django.apps import AppConfig


class CellsConfig(AppConfig):
    name = "cells"
