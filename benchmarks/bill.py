"""The bill of a month by line, as docs/first-day.md has it: computed from list prices, not measured."""

from benchmarks.figures import Table
from vistka.domain.bill import PRICES_OF, Line, bill, shop_month, total

SHOPS = (50, 500, 5000)


def measure(_rounds: int) -> list[Table]:
    return [table()]


def table() -> Table:
    """Dollars to the cent, and what is asked for in thousands."""
    bills = [bill(shop_month(orders)) for orders in SHOPS]
    rows = [
        [lines[0].name, _free(lines[0]), *(f"{line.dollars:.2f}" for line in lines)]
        for lines in zip(*bills, strict=True)
    ]
    return Table(
        name="bill",
        title=f"US dollars a month, list prices of {PRICES_OF}, eu-central-1",
        columns=("line", "free a month", *(f"{orders:,} open orders".replace(",", " ") for orders in SHOPS)),
        rows=[*rows, ["**together**", "", *(f"**{total(lines):.2f}**" for lines in bills)]],
    )


def _free(line: Line) -> str:
    return f"{line.free:,.0f} {line.unit}".replace(",", " ").strip() if line.free else "–"
