"""What happens in the city: reports, cases, and what becomes of them."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "cases"
