"""The time constants and the event sources of the simulated deployment: those that template.yaml has by default."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from tests.template import in_map, parameter, resource
from vistka.settings import Settings

POLLS: Final = "polls"
NOTICES: Final = "notices.fifo"


@dataclass(frozen=True)
class Times:
    """Seconds, as template.yaml has them by default."""

    interval: float
    timeouts: Mapping[str, float]
    pace: float
    expiry: float
    due: float
    margin: float
    lease: float
    probe: float
    summary: float
    overdue: float
    carrier_pause: float
    flood_window: float
    backoffs: tuple[float, float]  # the first, the longest
    chat_pause: float
    bot_pause: float
    bot_wait: float
    chat_wait: float
    longest_send: float
    queues: Mapping[str, tuple[float, float, int]]  # visibility, retention, receives
    batches: Mapping[str, tuple[int, int]]  # messages in an event, functions at once


@cache
def times() -> Times:
    def seconds(name: str) -> float:
        return float(parameter(f"{name}Seconds"))

    def source(function: str, event: str) -> tuple[int, int]:
        properties = resource(function)["Properties"]["Events"][event]["Properties"]
        most = properties["ScalingConfig"]["MaximumConcurrency"]
        return int(properties["BatchSize"]), int(in_map(most) if "Fn::FindInMap" in most else parameter(most["Ref"]))

    return Times(
        interval=float(parameter("IntervalMinutes")) * 60,
        timeouts={
            "dispatcher": seconds("DispatcherTimeout"),
            "tracker": seconds("TrackerTimeout"),
            "notifier": seconds("NotifierTimeout"),
            "bot": seconds("BotTimeout"),
        },
        pace=seconds("Pace"),
        expiry=seconds("PollExpiry"),
        due=seconds("NoticeDue"),
        margin=seconds("RetryMargin"),
        lease=seconds("Lease"),
        probe=seconds("Probe"),
        summary=seconds("Summary"),
        overdue=seconds("Overdue"),
        carrier_pause=seconds("CarrierPause"),
        flood_window=seconds("FloodWindow"),
        backoffs=(seconds("FirstBackoff"), seconds("LongestBackoff")),
        chat_pause=seconds("ChatPause"),
        bot_pause=seconds("BotPause"),
        bot_wait=Settings().bot_wait.total_seconds(),
        chat_wait=Settings().chat_wait.total_seconds(),
        longest_send=Settings().longest_send.total_seconds(),
        queues={
            POLLS: (seconds("PollsVisibility"), seconds("PollsRetention"), int(parameter("PollsMaxReceives"))),
            NOTICES: (seconds("NoticesVisibility"), seconds("NoticesRetention"), int(parameter("NoticesMaxReceives"))),
        },
        batches={POLLS: source("TrackerFunction", "Polls"), NOTICES: source("NotifierFunction", "Notices")},
    )
