"""manage.py sweep_photos: take away the files of photos that no case has, left behind by what was rolled back."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from cases import photos


class Command(BaseCommand):
    help = "Take away files of photos that no case has and that are older than a day."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{photos.sweep(at=timezone.now())} files taken away")
