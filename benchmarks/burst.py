"""Ten thousand notices at once, and held for one morning: how they leave, in simulated time."""

from benchmarks.figures import Table
from tests.simulation.burst import A_SECOND, TAKES, Left, burst

COUNT = 10_000


def measure(_rounds: int) -> list[Table]:
    """The real notifier, its batches and its sweep, on the simulation's models of SQS, the store and Telegram."""
    takes = ", ".join(f"{name} {fastest * 1000:g}-{slowest * 1000:g} ms" for name, (fastest, slowest) in TAKES.items())
    return [
        Table(
            name="burst",
            title=f"10 000 notices in simulated time; assumed: {takes}; Telegram refuses message {A_SECOND + 1} in a "
            "second, and a chat's second one within one",
            columns=("", "told", "a second", "most in any second", "closest in a chat, s", "refused", "out of order"),
            rows=[
                _row("as deployed, 5 notifiers", burst(COUNT)),
                _row("8 notifiers", burst(COUNT, senders=8)),
                _row("made at night, told from 9:00 on", burst(COUNT, night=True)),
                _row("a tenth of them, 8 notifiers, `BotPauseSeconds=0`", burst(COUNT // 10, senders=8, bot_pause=0)),
            ],
        )
    ]


def _row(name: str, left: Left) -> tuple[object, ...]:
    told = f"{left.told} in {left.seconds / 60:.1f} min"
    return name, told, f"{left.a_second:.1f}", left.at_most, f"{left.closest:.2f}", left.refused, left.disordered
