"""The desk of `tests.open311.desk`, for every test here."""

from tests.open311.desk import desk

__all__ = ["desk"]
