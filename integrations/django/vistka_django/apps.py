"""The app `vistka` of a Django shop."""

from __future__ import annotations

from django.apps import AppConfig
from django.core import checks


class VistkaConfig(AppConfig):
    name = "vistka_django"
    label = "vistka"
    verbose_name = "Vistka"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from vistka_django.checks import look_at_settings

        checks.register(look_at_settings, "vistka")
