"""The outermost floor: what people see, and the doors."""

from django.apps import AppConfig


class MapsConfig(AppConfig):
    name = "maps"
