"""What every function reaches of the outside, made when it is first used and kept for the environment's life."""

import os
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import boto3
from aws_lambda_powertools import Logger

from vistka.adapters import aws
from vistka.adapters.clock import SystemClock
from vistka.adapters.hashing import KeyedHash
from vistka.adapters.metrics import EmfMetrics
from vistka.adapters.queues import SqsNoticeQueue, SqsPollQueue
from vistka.adapters.secrets import Secret
from vistka.adapters.store_audit import DynamoAudits
from vistka.adapters.store_chats import DynamoChats
from vistka.adapters.store_lags import DynamoLags
from vistka.adapters.store_ledger import DynamoLedger
from vistka.adapters.store_months import CountedLedger, CountedParcels, CountedRuns, DynamoMonths
from vistka.adapters.store_paces import DynamoCircuits
from vistka.adapters.store_parcels import DynamoParcels
from vistka.adapters.store_runs import DynamoRuns
from vistka.adapters.store_table import Table
from vistka.domain.errors import TelegramUnavailable, TransientError
from vistka.domain.policy import Policy
from vistka.metrics import Metric
from vistka.ports import Shop
from vistka.settings import Settings
from vistka.usecases.auditing import Auditor
from vistka.usecases.queueing import NoticeSender


@dataclass(frozen=True)
class Outside:
    """One per environment. Raises ConfigurationError at the first use of what is not configured."""

    environ: Mapping[str, str]
    need: tuple[str, ...]

    @classmethod
    def of_function(cls, *need: str) -> "Outside":
        """`need` names the variables that this function cannot do without."""
        return cls(os.environ, ("STORE_TABLE", "HASH_KEY", *need))

    @cached_property
    def settings(self) -> Settings:
        return Settings.read(self.environ, need=self.need)

    @cached_property
    def clock(self) -> SystemClock:
        return SystemClock(self.settings.clock_file, self.settings.aws_endpoint_url)

    @cached_property
    def logger(self) -> Logger:
        return Logger(service="vistka")

    def say(self, message: str, **named: object) -> None:
        """A warning in the log. What is named there is never a person's."""
        self.logger.warning(message, extra=named)

    def note(self, message: str, **named: object) -> None:
        """A line of what went well, under the same rule."""
        self.logger.info(message, extra=named)

    @cached_property
    def metrics(self) -> EmfMetrics:
        return EmfMetrics(service=self.environ.get("POWERTOOLS_SERVICE_NAME") or "vistka", heard=self._heard)

    def _heard(self, metric: Metric, value: float) -> None:
        if metric is Metric.SCAN_TO_NOTICE_SECONDS:
            self.lags.add(timedelta(seconds=value))
        if self.months is not None:
            self.months.heard(metric, value)

    @cached_property
    def months(self) -> DynamoMonths | None:
        """What is counted for the monthly report; None where none is wanted."""
        if not self.settings.monthly_report:
            return None
        months = DynamoMonths(self.table, clock=self.clock, unusual=2 * self.settings.interval, say=self.say)
        self.given_back.append(months.flush)
        return months

    @cached_property
    def lags(self) -> DynamoLags:
        lags = DynamoLags(self.table, clock=self.clock, say=self.say)
        self.given_back.append(lags.flush)
        return lags

    def forget_counts(self) -> None:
        """What was counted since the last invocation ended counts for nothing."""
        if months := self.__dict__.get("months"):
            months.forget()

    @cached_property
    def hash(self) -> KeyedHash:
        return KeyedHash(self.settings.hash_key)

    @cached_property
    def random(self) -> random.Random:
        return random.SystemRandom()

    def jitter(self, longest: timedelta) -> timedelta:
        return longest * self.random.random()

    @cached_property
    def table(self) -> Table:
        settings = self.settings
        return Table(settings.store_table, clock=self.clock, region=settings.region, retention=settings.retention)

    @cached_property
    def parcels(self) -> DynamoParcels:
        return CountedParcels(self.table, self.months) if self.months else DynamoParcels(self.table)

    @cached_property
    def ledger(self) -> DynamoLedger:
        return CountedLedger(self.table, self.months) if self.months else DynamoLedger(self.table)

    @cached_property
    def auditor(self) -> Auditor:
        return Auditor(audits=DynamoAudits(self.table), clock=self.clock, say=self.say)

    @cached_property
    def chats(self) -> DynamoChats:
        return DynamoChats(self.table, group_of=self.hash)

    @cached_property
    def runs(self) -> DynamoRuns:
        return CountedRuns(self.table, self.months) if self.months else DynamoRuns(self.table)

    @cached_property
    def circuits(self) -> DynamoCircuits:
        return DynamoCircuits(self.table)

    @cached_property
    def given_back(self) -> list[Callable[[], None]]:
        """What is called at the end of every invocation, so that nothing is held until the next."""
        return []

    @cached_property
    def session(self) -> boto3.session.Session:
        return boto3.session.Session()

    @cached_property
    def sqs(self) -> Any:
        """boto3's client, one for all queues."""
        return self.client("sqs")

    def client(self, service: str) -> Any:
        """One more of boto3's clients, from the session that all share."""
        return aws.client(service, region=self.settings.region, session=self.session)

    def secret(self, name: str, unavailable: type[TransientError]) -> Secret:
        return Secret(
            name,
            environ=self.environ,
            ssm=lambda: self.client("ssm"),
            clock=self.clock,
            max_age=self.settings.secret_max_age,
            unavailable=unavailable,
        )

    @cached_property
    def bot_token(self) -> Secret:
        return self.secret("TELEGRAM_BOT_TOKEN", TelegramUnavailable)

    @cached_property
    def notices(self) -> NoticeSender:
        return NoticeSender(
            queue=SqsNoticeQueue(self.sqs, self.settings.notices_queue_url),
            shop_chat_id=self.settings.telegram_chat_id,
            group_of=self.hash,
            say=self.say,
            calls=SqsPollQueue(self.sqs, self.settings.webhooks_queue_url)
            if self.settings.webhooks_queue_url
            else None,
        )

    def policy(self, shop: Shop) -> Callable[[datetime], Policy]:
        """Makes the rules of a moment; reads which order rules the shop has, and once since when it is live: going back
        to shadow is another environment. The maker raises ShopUnavailable where the shop's address cannot be read: a
        change that is stored without its effect would be lost for it."""
        known: list[datetime] = []

        def live_since(now: datetime) -> datetime | None:
            if not known and (since := self.runs.live_since(now, live=self.settings.live)) is not None:
                known.append(since)
            return known[0] if known else None

        def make(now: datetime) -> Policy:
            return Policy(
                now=now,
                live_since=live_since(now),
                is_live=self.settings.tells,
                has_shop_chat=self.settings.telegram_chat_id is not None,
                notice_due=self.settings.notice_due,
                default_language=self.settings.default_language,
                fit=shop.fit,
                rules=shop.rules(),
                reminders=self.settings.reminders,
                webhook=bool(self.settings.webhooks_queue_url),
                audiences=self.settings.audiences,
            )

        return make
