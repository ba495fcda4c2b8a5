"""`manage.py check`: what is wrong with the setting VISTKA."""

from __future__ import annotations

import re
from typing import Any

from django.core import checks
from django.core.checks import CheckMessage

from vistka_django import conf


def look_at_settings(**_: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    try:
        conf.shop()
    except conf.Misconfigured as error:
        found += [checks.Error(problem, id="vistka.E001") for problem in error.problems]
    if not conf.keys():
        hint = "run `manage.py vistka_key`"
        found.append(
            checks.Warning("VISTKA['KEYS']: no key is set, so Vistka is let in nowhere", hint=hint, id="vistka.W001")
        )
    if (url := conf.web_url()) and not re.match(r"https://|http://(127\.0\.0\.1|localhost)[:/]", f"{url}/"):
        found.append(checks.Error("VISTKA['WEB_URL']: must begin with https://", id="vistka.E002"))
    if conf.web_url() and conf.link_key() is None:
        hint = "the value behind the stack's LinkKeysParameter: 1:<base64>"
        found.append(
            checks.Warning(
                "VISTKA['LINK_KEY']: none that can be read, so shipment_link leads to the carrier",
                hint=hint,
                id="vistka.W002",
            )
        )
    return found
