"""What was done under a key that its sender made: sent again, it is answered with the first result, not done again."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class DoneOnce(models.Model):
    """A key of a user and what came of it, written in the transaction of the act itself."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(_("key"), max_length=64)
    asked = models.CharField(_("digest of what was asked"), max_length=64)
    result = models.JSONField(_("result"), default=dict)
    done_at = models.DateTimeField(_("done at"))

    class Meta:
        constraints = (models.UniqueConstraint(fields=["user", "key"], name="a_key_once_a_user"),)

    def __str__(self) -> str:
        return f"{self.user_id}: {self.key}"
