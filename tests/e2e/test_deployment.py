"""The template as `sam deploy` deploys it, on MiniStack with rights enforced."""

import json
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

from local.world.world import World


@pytest.mark.parametrize("function", ["DispatcherFunction", "TrackerFunction", "NotifierFunction", "BotFunction"])
def test_each_function_finds_all_that_it_needs(world: World, function: str) -> None:
    findings = world.invoke(function, {"check": True})["findings"]
    assert findings
    assert [finding for finding in findings if not finding["ok"]] == []


def test_the_rule_is_there_and_stopped_for_the_local_world(world: World) -> None:
    # Beside it stands the one that the pages' requests for a check go through, which no timer starts.
    (rule,) = [one for one in world.client("events").list_rules()["Rules"] if one.get("ScheduleExpression")]
    assert rule["State"] == "DISABLED"
    assert rule["ScheduleExpression"] == "rate(10 minutes)"
    (target,) = world.client("events").list_targets_by_rule(Rule=rule["Name"])["Targets"]
    assert target["Arn"].endswith(world.facts.outputs["DispatcherFunction"])


def test_whoever_has_the_exported_policy_reads_the_store_and_nothing_else(world: World) -> None:
    iam, outputs = world.client("iam"), world.facts.outputs
    iam.create_user(UserName="shop")
    iam.attach_user_policy(UserName="shop", PolicyArn=outputs["StoreReadPolicyArn"])
    key = iam.create_access_key(UserName="shop")["AccessKey"]

    def shop(service: str) -> Any:
        return boto3.Session(
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"],
            region_name=world.facts.region,
        ).client(service, endpoint_url=world.facts.endpoint_url, config=Config(proxies={}))

    item = {"pk": {"S": "PARCEL#20450000000001"}, "sk": {"S": "STATE"}}
    table = outputs["StoreTable"]
    assert "Item" not in shop("dynamodb").get_item(TableName=table, Key=item)
    with pytest.raises(ClientError, match="AccessDenied"):
        shop("dynamodb").put_item(TableName=table, Item=item)
    with pytest.raises(ClientError, match="AccessDenied"):
        shop("ssm").get_parameter(Name="/vistka/telegram-bot-token", WithDecryption=True)
    with pytest.raises(ClientError, match="AccessDenied"):
        shop("sqs").send_message(QueueUrl=outputs["PollsQueueUrl"], MessageBody="{}")


def test_each_function_logs_into_the_group_that_forgets(world: World) -> None:
    world.invoke("NotifierFunction", {"check": True})
    logs = world.client("logs")
    groups = {group["logGroupName"]: group for group in logs.describe_log_groups()["logGroups"]}
    assert set(groups) == {
        f"/vistka/{world.facts.stack}/{name}" for name in ("dispatcher", "tracker", "notifier", "bot", "web")
    }
    assert all(group["retentionInDays"] for group in groups.values())
    assert logs.filter_log_events(logGroupName=f"/vistka/{world.facts.stack}/notifier")["events"]


def test_what_a_function_cannot_read_becomes_an_answer_and_names_nobody(world: World) -> None:
    """A direct call never raises for a known reason; poison in the queue is parked with its reason."""
    answer = world.invoke("DispatcherFunction", {"order_number": "NO-SUCH-ORDER", "dry_run": True})
    assert json.dumps(answer)
    sqs, outputs = world.client("sqs"), world.facts.outputs
    sqs.send_message(QueueUrl=outputs["PollsQueueUrl"], MessageBody="not a poll")
    (parked,) = sqs.receive_message(
        QueueUrl=outputs["PollsDeadLetterQueueUrl"], WaitTimeSeconds=20, MessageAttributeNames=["All"]
    )["Messages"]
    assert parked["Body"] == "not a poll"
    sqs.delete_message(QueueUrl=outputs["PollsDeadLetterQueueUrl"], ReceiptHandle=parked["ReceiptHandle"])


def test_the_bots_address_is_open_and_its_door_closed_f19(world: World) -> None:
    """Whoever knows the address is refused; with the secret of another too."""
    for headers in ({}, {"X-Telegram-Bot-Api-Secret-Token": "guess"}, {"X-Vistka-Forward-Secret": "guess"}):
        answer = requests.post(world.facts.outputs["BotUrl"], json={"update_id": 1}, headers=headers, timeout=30)
        assert (answer.status_code, answer.json()) == (403, {})
