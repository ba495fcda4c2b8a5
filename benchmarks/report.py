"""The report: what was measured is kept as JSON, and benchmarks/README.md takes its tables from there."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from benchmarks import plots, targets
from benchmarks.figures import Table, machine

FOLDER: Final = Path(__file__).parent
README: Final = FOLDER / "README.md"
KEPT: Final = FOLDER / "results"
PLOTS: Final = FOLDER / "plots"
_PLACE: Final = re.compile(r"(<!-- table: (?P<name>[a-z_]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def keep(what: str, tables: Sequence[Table], *, on: date | None = None) -> None:
    """The tables of one benchmark, in place of those that it had before."""
    KEPT.mkdir(exist_ok=True)
    kept = {
        "measured": f"{on or datetime.now(UTC).date()}",
        "machine": machine(),
        "tables": [asdict(table) for table in tables],
    }
    for table in tables:
        plots.draw(table, PLOTS)
    text = json.dumps(kept, ensure_ascii=False, indent=1, default=str)
    (KEPT / f"{what}.json").write_text(f"{text}\n", encoding="utf-8")


def rendered(text: str) -> str:
    """The report with the kept tables in their places; one that was never kept leaves its place as it is."""
    tables = dict(_kept())
    tables["targets"] = targets.table(values()).markdown()
    return in_place(text, tables)


def in_place(text: str, tables: Mapping[str, str]) -> str:
    """A page with what is named there between its marks."""

    def place(found: re.Match[str]) -> str:
        table = tables.get(found["name"])
        return f"{found[1]}{table}\n{found[3]}" if table else found[0]

    return _PLACE.sub(place, text)


def write() -> None:
    README.write_text(rendered(README.read_text(encoding="utf-8")), encoding="utf-8")


def _kept() -> Iterable[tuple[str, str]]:
    for file in sorted(KEPT.glob("*.json")):
        kept = json.loads(file.read_text(encoding="utf-8"))
        for one in kept["tables"]:
            table = Table(**one)
            shown = [table.markdown(), f"*{table.title}. Measured on {kept['measured']}: {kept['machine']}.*"]
            shown += [f"![{what}](plots/{file})" for what, file in plots.files(table).items()]
            yield table.name, "\n\n".join(shown)


def values() -> dict[str, Any]:
    """Every kept figure that a target may be set for, by its name."""
    found: dict[str, Any] = {}
    for file in sorted(KEPT.glob("*.json")):
        for one in json.loads(file.read_text(encoding="utf-8"))["tables"]:
            found.update(one["values"])
    return found
