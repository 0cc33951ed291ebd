"""The outermost floor: what people see, and the doors."""

from django.apps import AppConfig


class MapsConfig(AppConfig):
    name = "maps"

    def ready(self) -> None:
        from maps import checks

        checks.register_checks()
