"""What AWS is asked of queues and alarms, in moto."""

import boto3
import pytest
from moto import mock_aws

from vistka.cli.failures import WrongUse
from vistka.cli.looks import AwsLooks, Depth, Subscriptions

REGION = "eu-central-1"


@pytest.fixture
def outputs(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "made-up")
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return {}


def looks(outputs: dict[str, str]) -> AwsLooks:
    return AwsLooks(lambda service: boto3.client(service, region_name=REGION), outputs)


@mock_aws
def test_messages_of_a_queue_are_counted_by_what_they_wait_for(outputs: dict[str, str]) -> None:
    sqs = boto3.client("sqs", region_name=REGION)
    outputs["PollsQueueUrl"] = sqs.create_queue(QueueName="polls")["QueueUrl"]
    for delay in (0, 0, 900):
        sqs.send_message(QueueUrl=outputs["PollsQueueUrl"], MessageBody="x", DelaySeconds=delay)
    sqs.receive_message(QueueUrl=outputs["PollsQueueUrl"])
    assert looks(outputs).depth("PollsQueueUrl") == Depth(ready=1, in_flight=1, delayed=1)


@mock_aws
def test_a_subscription_counts_when_it_is_confirmed(outputs: dict[str, str]) -> None:
    sns = boto3.client("sns", region_name=REGION)
    outputs["AlarmTopicArn"] = sns.create_topic(Name="alarms")["TopicArn"]
    assert looks(outputs).subscriptions() == Subscriptions(confirmed=0, pending=0)
    sns.subscribe(TopicArn=outputs["AlarmTopicArn"], Protocol="sms", Endpoint="+10000000000")
    assert looks(outputs).subscriptions().confirmed == 1


@mock_aws
def test_only_alarms_of_our_topic_that_ring_are_named(outputs: dict[str, str]) -> None:
    outputs["AlarmTopicArn"] = f"arn:aws:sns:{REGION}:123456789012:ours"
    cloudwatch = boto3.client("cloudwatch", region_name=REGION)
    for name, topic in (("ours", outputs["AlarmTopicArn"]), ("quiet", outputs["AlarmTopicArn"]), ("other", "arn:x")):
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            MetricName="m",
            Namespace="n",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
            AlarmActions=[topic],
        )
    for name in ("ours", "other"):
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="test")
    assert looks(outputs).ringing() == ["ours"]


def test_an_output_that_is_missing_is_named(outputs: dict[str, str]) -> None:
    with pytest.raises(WrongUse, match="AlarmTopicArn"):
        looks(outputs).ringing()
