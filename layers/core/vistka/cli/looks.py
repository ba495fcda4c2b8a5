"""What `vistka check` asks AWS itself: queues, the alarms and who hears them, and the test of that."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from vistka.cli.failures import WrongUse, of_aws


@dataclass(frozen=True, kw_only=True, slots=True)
class Depth:
    """Messages that can be received now, that are being worked on, and that wait for their time."""

    ready: int
    in_flight: int
    delayed: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Subscriptions:
    confirmed: int
    pending: int


class Looks(Protocol):
    """Each raises Failure when it cannot be told."""

    def depth(self, output: str) -> Depth:
        """Of the queue whose URL is this output of the stack."""
        ...

    def subscriptions(self) -> Subscriptions:
        """Of the topic that the alarms go to."""
        ...

    def ringing(self) -> list[str]:
        """Names of our alarms that are in ALARM now."""
        ...

    def ring(self, subject: str, text: str) -> None:
        """Send this to all who hear the alarms."""
        ...


_COUNTS: Final = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


class AwsLooks:
    def __init__(self, client: Callable[[str], Any], outputs: Mapping[str, str]) -> None:
        self._client = client
        self._outputs = outputs

    def depth(self, output: str) -> Depth:
        url = self._output(output)
        try:
            answer = self._client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=list(_COUNTS))
        except (BotoCoreError, ClientError) as error:
            raise of_aws(error, doing="counting its messages") from error
        ready, in_flight, delayed = (int(answer.get("Attributes", {}).get(name, 0)) for name in _COUNTS)
        return Depth(ready=ready, in_flight=in_flight, delayed=delayed)

    def subscriptions(self) -> Subscriptions:
        topic = self._output("AlarmTopicArn")
        arns: list[str] = []
        try:
            for page in self._client("sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic):
                arns.extend(str(item.get("SubscriptionArn")) for item in page.get("Subscriptions", ()))
        except (BotoCoreError, ClientError) as error:
            raise of_aws(error, doing="reading who hears the alarms") from error
        confirmed = sum(arn.startswith("arn:") for arn in arns)
        return Subscriptions(confirmed=confirmed, pending=len(arns) - confirmed)

    def ringing(self) -> list[str]:
        topic = self._output("AlarmTopicArn")
        names: list[str] = []
        try:
            pages = self._client("cloudwatch").get_paginator("describe_alarms").paginate(StateValue="ALARM")
            for page in pages:
                names.extend(
                    str(alarm["AlarmName"])
                    for alarm in page.get("MetricAlarms", ())
                    # Ours are those that go to our topic, whatever they are called.
                    if topic in alarm.get("AlarmActions", ()) and alarm.get("StateValue") == "ALARM"
                )
        except (BotoCoreError, ClientError) as error:
            raise of_aws(error, doing="reading the alarms") from error
        return sorted(names)

    def ring(self, subject: str, text: str) -> None:
        topic = self._output("AlarmTopicArn")
        try:
            self._client("sns").publish(TopicArn=topic, Subject=subject, Message=text)
        except (BotoCoreError, ClientError) as error:
            raise of_aws(error, doing="sending a test alarm") from error

    def _output(self, name: str) -> str:
        try:
            return self._outputs[name]
        except KeyError:
            raise WrongUse(f"the stack has no output {name}; deploy this version") from None
