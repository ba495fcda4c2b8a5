"""`python -m local.world up|down|status`: the local world in the background, in the project's .local folder."""

import argparse
import os
import sys
from pathlib import Path

from sqlalchemy.engine import make_url

from local.world.failure import WorldError
from local.world.processes import unwind_when_terminated
from local.world.state import Facts
from local.world.wishes import ROOT, Wishes
from local.world.world import World, end
from vistka.adapters.shop_http_url import is_http

FOLDER = ROOT / ".local"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m local.world", description=__doc__)
    parser.add_argument("command", choices=["up", "down", "status"])
    command = parser.parse_args(arguments).command
    unwind_when_terminated()
    try:
        if command == "up":
            return _up()
        if command == "down":
            print("the local world has ended" if end(FOLDER) else "the local world is not up")
            return 0
    except WorldError as error:
        print(f"vistka: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("vistka: stopped", file=sys.stderr)
        return 130
    return _status()


def _up() -> int:
    wishes = Wishes.from_environ(os.environ, folder=FOLDER, here=Path.cwd())
    world = World.find(FOLDER)
    if world is not None:
        if others := world.differs_in(wishes):
            raise WorldError(_other_settings(world.facts, wishes, others))
        print("the local world is up already (make down ends it)")
    else:
        world = World.start(wishes, say=lambda text: print(f"  {text} …", flush=True))
        print("the local world is up")
    _show(world.facts)
    return 0


def _other_settings(facts: Facts, wishes: Wishes, names: list[str]) -> str:
    """A line for each that differs, with both values where they are no secret, and what to do."""
    up = {"MODE": facts.mode, "ONLY_ORDERS": facts.only_orders, "SHOP_SCHEMA": facts.shop_schema}
    up |= {"NOVA_POSHTA_URL": facts.nova_poshta_url, "TELEGRAM_API_URL": facts.telegram_api_url}
    here = {name: str(getattr(wishes, name.lower(), "")) for name in names}
    lines = ["a world with other settings is up, and nothing was changed:"]
    for name in names:
        if name in up:
            lines.append(f"  {name}: {up[name] or 'not set'} there, {here[name] or 'not set'} here")
        else:
            lines.append(f"  {name}: {'another one there, or not set' if here[name] else 'set there, not set here'}")
    return "\n".join([*lines, "`make down` ends it; then `make up` starts one with these settings"])


def _status() -> int:
    world = World.find(FOLDER)
    if world is None:
        print("the local world is not up (make up starts it)")
        return 1
    _show(world.facts)
    return 0


def _show(facts: Facts) -> None:
    # A shop that answers over HTTP has its names in its own settings.
    schema = "" if is_http(facts.shop_database_url) else f"  schema {facts.shop_schema}"
    rows = {
        **({"cockpit": f"{facts.cockpit_url}  all of it in one page for a browser"} if facts.cockpit_url else {}),
        **(
            {"shop's site": f"{facts.shop_url}  its admin: {facts.shop_url}/admin/orders/order/"}
            if facts.shop_url
            else {}
        ),
        "AWS": f"{facts.endpoint_url}  stack {facts.stack}, {facts.region}",
        "Nova Poshta": facts.nova_poshta_url + ("" if facts.has_carrier_key else "  asked without an API key"),
        "Telegram": facts.telegram_api_url,
        "stand-ins": facts.control_url,
        "shop": make_url(facts.shop_database_url).render_as_string() + schema,
        "mode": f"{facts.mode or 'not known'}  only orders {facts.only_orders or '(all)'}",
        "clock": f"{facts.clock_file}  seconds to add to the time",
        "next": ".venv/bin/vistka run --wait  one whole run; the timer is off in this world",
        "chat": ".venv/bin/python -m local.chat  as a buyer; `vistka link ORDER` makes what to open there",
        "": ".venv/bin/vistka update, status ORDER, notices, check; make down ends it",
    }
    for name, value in rows.items():
        print(f"  {name:<12} {value}")


if __name__ == "__main__":
    sys.exit(main())
