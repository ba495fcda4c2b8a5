"""Whether what people press under the bot's messages reaches this deployment."""

from collections.abc import Callable
from datetime import datetime, timedelta

from vistka.domain.errors import VistkaError
from vistka.ports import Clock


class Hearing:
    """Telegram is asked where the bot's webhook leads (`webhook`), and its answer counts for a while (`lasts`); also
    that there was none, so that an outage costs one question and no more."""

    def __init__(self, own_url: str, *, webhook: Callable[[], str], clock: Clock, lasts: timedelta) -> None:
        self._own_url = own_url
        self._webhook = webhook
        self._clock = clock
        self._lasts = lasts
        self._heard = False
        self._asked_at: datetime | None = None

    def __call__(self) -> bool:
        """What was true at the last answer; before the first one nothing is heard. Raises nothing."""
        now = self._clock.now()
        if self._own_url and (self._asked_at is None or not self._asked_at <= now < self._asked_at + self._lasts):
            self._asked_at = now
            try:
                self._heard = self._webhook() == self._own_url
            except VistkaError:
                return self._heard
        return self._heard
