"""The bill of a month by line, as docs/first-day.md has it: computed from list prices, not measured."""

from vistka.domain.bill import Line, bill, shop_month, total

SHOPS = (50, 500, 5000)


def table() -> str:
    """Markdown; dollars to the cent, and what is asked for in thousands."""
    bills = [bill(shop_month(orders)) for orders in SHOPS]
    rows = [
        f"| {lines[0].name} | {_free(lines[0])} | {' | '.join(f'{line.dollars:.2f}' for line in lines)} |"
        for lines in zip(*bills, strict=True)
    ]
    return "\n".join(
        [
            f"| line | free a month | {' | '.join(f'{orders:,} open orders'.replace(',', ' ') for orders in SHOPS)} |",
            "|---|---|" + "---:|" * len(SHOPS),
            *rows,
            f"| **together** | | {' | '.join(f'**{total(lines):.2f}**' for lines in bills)} |",
        ]
    )


def _free(line: Line) -> str:
    return f"{line.free:,.0f} {line.unit}".replace(",", " ").strip() if line.free else "–"


def show(_rounds: int) -> None:
    print(table())
