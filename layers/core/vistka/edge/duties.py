"""What the dispatcher does in every run beside its own work, each part by itself."""

from collections.abc import Callable

from vistka.edge.announcing import tell_of_carrier, tell_of_month
from vistka.edge.noticeside import sweep_calls
from vistka.edge.outside import Outside
from vistka.edge.ruleside import applier_of
from vistka.ports import Shop


def duties_of(outside: Outside, shop: Callable[[], Shop]) -> tuple[Callable[[], object], ...]:
    """In the order in which they are done; the failure of one stops none behind it."""
    return (
        lambda: sweep_calls(outside),
        lambda: applier_of(outside, shop()).sweep(),
        lambda: tell_of_carrier(outside),
        lambda: tell_of_month(outside),
    )
