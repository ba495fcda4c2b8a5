"""`manage.py update_tracking_statuses`: the guide's command, which now asks the stack to do it."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from vistka_django.stack import Stack, StackTrouble

#: Seconds before a batch is tried again that found the carrier's pace taken by others.
PAUSES = (1, 2, 4, 8, 15)

_COUNTED = (
    ("changed", "changed"),
    ("unchanged", "unchanged"),
    ("not_found", "not found"),
    ("skipped", "skipped (final)"),
    ("failed", "failed"),
)


class Command(BaseCommand):
    help = "Ask Nova Poshta about the parcels of all open orders now, or of one order."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--order-number", metavar="NUMBER", help="only this order, open or not")
        parser.add_argument("--dry-run", action="store_true", help="ask, but write and send nothing")

    def handle(self, *_: Any, **options: Any) -> None:
        number, dry_run = options["order_number"], options["dry_run"]
        if number is not None and not number.strip():
            raise CommandError("--order-number: name an order")
        counts: Counter[str] = Counter()
        try:
            stack = Stack.of_settings()
            parcels = _one(stack, number.strip(), dry_run) if number else _all(stack, dry_run)
            for row in parcels:
                outcome = "failed" if row.get("error") else str(row.get("outcome") or "unchanged")
                counts[outcome] += 1
                line = _line(row, outcome)
                if line and (options["verbosity"] > 1 or outcome != "unchanged" or dry_run or number):
                    self.stdout.write(line)
        except StackTrouble as error:
            raise CommandError(str(error)) from None
        parts = [f"{sum(counts.values())} parcels"] + [f"{counts[name]} {words}" for name, words in _COUNTED]
        self.stdout.write(", ".join(parts) + ("; dry run, nothing written or sent" if dry_run else ""))
        if counts["failed"]:
            raise CommandError(f"{counts['failed']} failed; `vistka check` tells more")


def _one(stack: Stack, number: str, dry_run: bool) -> Iterator[dict[str, Any]]:
    yield from _asked(lambda: stack.tracker({"order_number": number, "dry_run": dry_run}))


def _all(stack: Stack, dry_run: bool) -> Iterator[dict[str, Any]]:
    after, seen = None, set()
    while True:
        page = stack.dispatcher({"plan": {"after": after}, "dry_run": dry_run})
        yield from page.get("parcels") or ()
        for message in page.get("messages") or ():
            yield from _asked(lambda: stack.tracker({"poll": message, "dry_run": dry_run}))  # noqa: B023
        after = page.get("after")
        if after is None:
            return
        if after in seen:
            raise StackTrouble("the dispatcher's plan has no end; update the stack")
        seen.add(after)


def _asked(ask: Callable[[], dict[str, Any]]) -> list[dict[str, Any]]:
    answer = ask()
    for pause in PAUSES:
        if answer.get("kind") != "SlotTaken":
            break
        time.sleep(pause)
        answer = ask()
    if answer.get("error"):
        raise StackTrouble(str(answer["error"]))
    return list(answer.get("parcels") or ())


def _line(row: dict[str, Any], outcome: str) -> str:
    said = row.get("error") or (
        f"{row.get('was') or '(nothing)'} → {row.get('now')}" if row.get("was") != row.get("now") else row.get("now")
    )
    words = [outcome, row.get("order_number"), row.get("ttn"), said]
    return "  ".join(word if isinstance(word, str) else json.dumps(word) for word in words if word)
