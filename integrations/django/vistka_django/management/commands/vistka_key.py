"""`manage.py vistka_key`: a new key, and where each half of it goes."""

from __future__ import annotations

import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import NoReverseMatch, reverse

from vistka_django import conf


class Command(BaseCommand):
    help = "Make a key for Vistka and print where it goes. Nothing is stored; run it again for another one."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--site", default="https://shop.example", help="the shop's address, as buyers know it")
        parser.add_argument("--id", default="main", help="the key's id; another one to change keys without a gap")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            path = reverse("vistka:operation", args=["orders"]).removesuffix("/orders")
        except NoReverseMatch:
            raise CommandError(
                "no address: put path('vistka/', include('vistka_django.urls')) into the shop's urls.py"
            ) from None
        try:
            length = conf.shop().length
        except conf.Misconfigured as error:
            raise CommandError("\n".join(error.problems)) from None
        scheme, _, host = options["site"].rstrip("/").rpartition("://")
        secret = secrets.token_hex(32)
        option = f"?length={length}" if length and length != 100 else ""
        self.stdout.write("In the shop's settings (better: in its environment, and read from there):")
        self.stdout.write(f'    VISTKA = {{"KEYS": {{"{options["id"]}": "{secret}"}}, …}}')
        self.stdout.write("To Vistka, as SHOP_DATABASE_URL:")
        self.stdout.write(f"    {scheme or 'https'}://{options['id']}:{secret}@{host}{path}{option}")
