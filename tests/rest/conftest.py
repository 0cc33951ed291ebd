"""The city of `tests.rest.desk`, for every test here."""

from tests.rest.desk import city

__all__ = ["city"]
