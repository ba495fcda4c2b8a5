"""`manage.py prepare`: makes the tables that this database lacks; those that are there stay as they are."""

from typing import Any

from django.apps import apps
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection


class Command(BaseCommand):
    help = "Make the tables that are missing: the shop's own may come from elsewhere, without Django's migrations."

    def handle(self, *_: Any, **__: Any) -> None:
        there = set(connection.introspection.table_names())
        # A model brings the tables between it and others; only those of models that were there are made by themselves.
        models = sorted(apps.get_models(include_auto_created=True), key=lambda model: bool(model._meta.auto_created))
        made = 0
        with connection.schema_editor() as editor:
            for model in models:
                # Vistka's own has migrations in every shop.
                if model._meta.db_table in there or model._meta.proxy or model._meta.app_label == "vistka":
                    continue
                editor.create_model(model)
                there |= {model._meta.db_table, *(field.m2m_db_table() for field in model._meta.local_many_to_many)}
                made += 1
        self.stdout.write(f"{made} tables made")
        call_command("migrate", "vistka", verbosity=0)
