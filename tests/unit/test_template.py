"""The template keeps its word: limits, rights, secrets, and what each part is allowed to reach."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.template import Node, in_map, parameter, resource, resources_of, template, with_defaults
from vistka.adapters.order_events import REFRESH
from vistka.adapters.store_orders import READ
from vistka.domain.audience import CHOOSABLE
from vistka.domain.languages import LANGUAGES
from vistka.domain.notices import Audience, Kind
from vistka.metrics import Metric
from vistka.settings import Mode, Settings

FUNCTIONS = {
    "DispatcherFunction": "Dispatcher",
    "TrackerFunction": "Tracker",
    "NotifierFunction": "Notifier",
    "BotFunction": "Bot",
    "WebFunction": "Web",
    "WebhooksFunction": "Webhooks",
}
SECRETS = {
    "NOVA_POSHTA_API_KEY",
    "TELEGRAM_BOT_TOKEN",
    "SHOP_DATABASE_URL",
    "TELEGRAM_WEBHOOK_SECRET",
    "LINK_KEYS",
    "FORWARD_SECRET",
    "WEBHOOK_SECRET",
    "API_KEYS",
}
#: AWS takes no resource for these.
WITHOUT_RESOURCE = {
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
}


def statements(policies: list[Node]) -> Iterator[Node]:
    for policy in policies:
        # A policy under a condition: the one that the condition brings.
        chosen = policy["Fn::If"][1] if "Fn::If" in policy else policy
        yield from chosen["PolicyDocument"]["Statement"]


def rights(role: str) -> Iterator[tuple[str, Any, Node]]:
    """(action, resource, statement), one of each."""
    for statement in statements(resource(role)["Properties"]["Policies"]):
        for action in listed(statement["Action"]):
            for target in listed(statement["Resource"]):
                yield action, target, statement


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def environment(function: str) -> dict[str, Any]:
    own = resource(function)["Properties"]["Environment"]["Variables"]
    shared = template()["Globals"]["Function"]["Environment"]["Variables"]
    return {**shared, **own}


def vistka_alarms() -> dict[str, Node]:
    alarms = resources_of("AWS::CloudWatch::Alarm")
    return {name: body["Properties"] for name, body in alarms.items() if body["Properties"]["Namespace"] == "Vistka"}


@pytest.mark.parametrize(("name", "audience"), [("BuyerNotices", Audience.BUYER), ("ShopNotices", Audience.SHOP)])
def test_the_news_that_can_be_chosen_are_those_that_the_template_takes(name: str, audience: Audience) -> None:
    pattern = template()["Parameters"][name]["AllowedPattern"]
    for kind in Kind:
        for text in (str(kind), f"+{kind}", f"- {kind}", f"waiting, {kind},received"):
            assert bool(re.fullmatch(pattern, text)) == (kind in CHOOSABLE[audience])
    for text in ("", "none"):
        assert re.fullmatch(pattern, text)
    for text in ("waitingreceived", "waiting received", "none, waiting", "recieved", "+", ",", "waiting;received"):
        assert not re.fullmatch(pattern, text)


def test_the_languages_that_can_be_chosen_are_those_that_are_written() -> None:
    assert template()["Parameters"]["DefaultLanguage"]["AllowedValues"] == list(LANGUAGES)


# --- limits -----------------------------------------------------------------------------------------------------------


def test_there_are_at_most_ten_alarms_and_all_go_to_the_one_topic() -> None:
    alarms = resources_of("AWS::CloudWatch::Alarm")
    # Ten cost nothing; who has a program of their own called has one more.
    assert len([body for body in alarms.values() if "Condition" not in body]) <= 10
    assert len(resources_of("AWS::SNS::Topic")) == 1
    for body in alarms.values():
        assert body["Properties"]["AlarmActions"] == [{"Ref": "AlarmTopic"}]


def test_there_are_at_most_ten_metrics_and_alarms_watch_only_those() -> None:
    assert len(Metric) <= 10
    for properties in vistka_alarms().values():
        assert properties["MetricName"] in set(Metric)
        assert properties["Dimensions"] == [{"Name": "service", "Value": {"Ref": "AWS::StackName"}}]
    service = template()["Globals"]["Function"]["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]
    assert service == {"Ref": "AWS::StackName"}


def test_no_function_reserves_concurrency_unless_somebody_bounds_the_pages() -> None:
    """A new account has 10 in all."""
    reserved = {name: resource(name)["Properties"].get("ReservedConcurrentExecutions") for name in FUNCTIONS}
    bounded = {"Fn::If": ["HasWebConcurrency", {"Ref": "WebConcurrency"}, {"Ref": "AWS::NoValue"}]}
    assert reserved == {name: bounded if name == "WebFunction" else None for name in FUNCTIONS}
    assert parameter("WebConcurrency") == "0"
    assert template()["Conditions"]["HasWebConcurrency"] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "WebConcurrency"}, 0]}]
    }
    assert "ReservedConcurrentExecutions" not in template()["Globals"]["Function"]


# --- rights -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [f"{name}Role" for name in FUNCTIONS.values()])
def test_rights_are_single_actions_on_single_resources(role: str) -> None:
    for action, target, statement in rights(role):
        assert "*" not in action, action
        if target == "*":
            assert action in WITHOUT_RESOURCE, action
        elif action == "kms:Decrypt":  # whatever key the parameter is under, but through SSM and for it alone
            assert set(statement["Condition"]["StringEquals"]) == {
                "kms:ViaService",
                "kms:EncryptionContext:PARAMETER_ARN",
            }
        else:
            assert "*" not in str(target), target


def test_the_policy_for_the_shop_only_reads() -> None:
    (statement,) = resource("StoreReadPolicy")["Properties"]["PolicyDocument"]["Statement"]
    assert all(re.match(r"dynamodb:(Get|BatchGet|Query|Scan|Describe)", action) for action in statement["Action"])
    assert all("Store" in str(target) for target in statement["Resource"])
    assert "Export" in template()["Outputs"]["StoreReadPolicyArn"]


@pytest.mark.parametrize(
    ("function", "secrets"),
    [
        ("DispatcherFunction", {"SHOP_DATABASE_URL"}),
        ("TrackerFunction", {"NOVA_POSHTA_API_KEY", "SHOP_DATABASE_URL"}),
        ("NotifierFunction", {"TELEGRAM_BOT_TOKEN"}),
        ("BotFunction", {"TELEGRAM_BOT_TOKEN", "TELEGRAM_WEBHOOK_SECRET", "LINK_KEYS", "FORWARD_SECRET"}),
        ("WebhooksFunction", {"WEBHOOK_SECRET"}),
        ("WebFunction", {"LINK_KEYS", "API_KEYS"}),
    ],
)
def test_each_function_reads_only_the_secrets_that_it_needs(function: str, secrets: set[str]) -> None:
    variables = environment(function)
    assert {name for name in SECRETS if f"{name}_PARAMETER" in variables} == secrets
    named = {variables[f"{name}_PARAMETER"]["Ref"] for name in secrets}
    role = f"{FUNCTIONS[function]}Role"
    readable = {
        str(match[1])
        for action, target, _ in rights(role)
        if action.startswith("ssm:")
        if (match := re.search(r"\$\{(\w+Parameter)\}", str(target)))
    }
    assert readable == named


def test_secrets_stand_in_the_template_by_name_only() -> None:
    for function in FUNCTIONS:
        variables = environment(function)
        for name in SECRETS & set(variables):
            assert variables[name] == ""  # there so that `sam local invoke` may set it
    for name in template()["Parameters"]:
        assert not re.search(r"(Key|Token|Url|Password|Secret)$", name) or name in {
            "NovaPoshtaUrl",
            "TelegramApiUrl",
            "ShopUrl",
            "WebhookUrl",
        }


@pytest.mark.parametrize("name", ["Notifier", "Bot", "Web", "Webhooks"])
def test_what_speaks_to_people_cannot_touch_the_shop(name: str) -> None:
    properties = resource(f"{name}Function")["Properties"]
    assert "VpcConfig" not in properties
    assert not [name for name in environment(f"{name}Function") if name.startswith(("SHOP_DATABASE", "SHOP_SCHEMA"))]
    actions = {action for action, _, _ in rights(f"{name}Role")}
    assert not [action for action in actions if action.startswith("ec2:")]


def test_the_bot_and_the_pages_alone_are_open_to_the_internet() -> None:
    urls = {name: resource(name)["Properties"].get("FunctionUrlConfig") for name in FUNCTIONS}
    opened = {"BotFunction", "WebFunction"}
    assert urls == {name: {"AuthType": "NONE"} if name in opened else None for name in FUNCTIONS}


def test_the_pages_read_of_the_store_only_what_they_show_and_write_only_turns() -> None:
    """R9: recipients, who used which link, the ledger and its index are closed to what strangers can call."""
    granted = list(rights("WebRole"))
    told = list(statements(resource("WebRole")["Properties"]["Policies"]))
    shown, linked, turns = (one for one in told if "Store" in str(one["Resource"]))
    assert set(shown["Action"]) == {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"}
    keys = ["NUMBER#*", "PARCEL#*", "REFRESH#*", "RUN", "DONE#*"]
    assert shown["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": keys}}
    assert linked["Action"] == "dynamodb:Query"
    assert linked["Condition"] == {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["ORDER#*"]},
        "ForAllValues:StringEquals": {"dynamodb:Attributes": list(READ)},
        "StringEquals": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"},
    }
    assert turns["Action"] == "dynamodb:UpdateItem"
    assert turns["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["REFRESH#*"]}}
    assert not [target for _, target, _ in granted if "index" in str(target)]
    assert not [action for action, _, _ in granted if action.startswith(("sqs:", "ec2:", "lambda:"))]


def test_of_all_that_the_dispatcher_can_do_the_pages_reach_one_thing() -> None:
    ((target, statement),) = [
        (target, statement) for action, target, statement in rights("WebRole") if action == "events:PutEvents"
    ]
    source = {"Fn::Sub": "vistka.${AWS::StackName}.web"}
    assert str(target).endswith("event-bus/default'}")
    only = {"events:source": [source], "events:detail-type": [REFRESH]}
    assert statement["Condition"] == {"ForAllValues:StringEquals": only}
    rule = resource("DispatcherFunction")["Properties"]["Events"]["Refresh"]
    assert rule["Properties"]["Pattern"] == {"source": [source], "detail-type": [REFRESH]}
    assert environment("WebFunction")["EVENT_SOURCE"] == source


def test_only_an_erasure_and_the_way_back_to_shadow_delete_from_the_store_and_nothing_of_an_order() -> None:
    deleting = [
        (role, statement)
        for role in (f"{name}Role" for name in FUNCTIONS.values())
        for action, _, statement in rights(role)
        if action == "dynamodb:DeleteItem"
    ]
    assert {role for role, _ in deleting} == {"DispatcherRole"}
    assert [statement["Condition"] for _, statement in deleting] == [
        {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["MODE"]}},
        {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["PARCEL#*", "CHAT#*"]}},
    ]


# --- addresses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["NovaPoshtaUrl", "TelegramApiUrl"])
@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("https://api.example.com/v2.0/json/", True),
        ("http://127.0.0.1:8080/v2.0/json/", True),
        ("http://localhost:8080", True),
        ("http://[::1]:8080/", True),
        ("http://api.example.com/", False),
        ("http://127.0.0.1.example.com/", False),
        ("http://localhost@example.com/", False),
        ("http://10.0.0.1/", False),
        ("https://user:word@example.com/", False),
        ("https://", False),
        ("", False),
    ],
)
def test_an_address_is_https_unless_it_is_this_machine(name: str, url: str, taken: bool) -> None:  # noqa: FBT001
    declared = template()["Parameters"][name]
    assert bool(re.fullmatch(declared["AllowedPattern"], url)) is taken
    assert re.fullmatch(declared["AllowedPattern"], declared["Default"])


# --- what is kept -----------------------------------------------------------------------------------------------------


def test_the_store_outlives_the_stack_and_can_be_restored() -> None:
    store = resource("Store")
    assert store["DeletionPolicy"] == store["UpdateReplacePolicy"] == "Retain"
    properties = store["Properties"]
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


@pytest.mark.parametrize("queue", ["PollsQueue", "NoticesQueue"])
def test_a_queue_is_encrypted_and_has_dead_letters_of_its_own_kind(queue: str) -> None:
    properties = resource(queue)["Properties"]
    dead = resource(properties["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0])["Properties"]
    assert properties["SqsManagedSseEnabled"] is dead["SqsManagedSseEnabled"] is True
    assert properties.get("FifoQueue") == dead.get("FifoQueue")
    assert "ContentBasedDeduplication" not in properties  # the sweep must be able to send the same again
    assert dead["MessageRetentionPeriod"] == 1209600


@pytest.mark.parametrize("function", FUNCTIONS)
def test_logs_go_to_a_group_with_an_end_and_traces_are_on_f20(function: str) -> None:
    group = resource(function)["Properties"]["LoggingConfig"]["LogGroup"]["Ref"]
    assert with_defaults(resource(group)["Properties"]["RetentionInDays"]) == "30"
    assert template()["Globals"]["Function"]["Tracing"] == "Active"


# --- how it starts ----------------------------------------------------------------------------------------------------


def test_a_first_deployment_is_in_shadow_on_arm_with_its_rule_on() -> None:
    assert parameter("Mode") == "shadow"
    assert parameter("Architecture") == "arm64"
    assert parameter("ScheduleState") == "ENABLED"
    assert parameter("IntervalMinutes") == "10"


@pytest.mark.parametrize(
    ("function", "event", "expected"),
    [
        ("TrackerFunction", "Polls", {"BatchSize": 1}),
        ("NotifierFunction", "Notices", {"BatchSize": 10}),
    ],
)
def test_a_failed_message_comes_back_alone(function: str, event: str, expected: Node) -> None:
    mapping = resource(function)["Properties"]["Events"][event]["Properties"]
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping.items() >= expected.items()


def test_two_batches_are_in_work_at_a_time_and_every_choice_is_a_number() -> None:
    """The local AWS compares it: text would stop its poller."""
    most = resource("TrackerFunction")["Properties"]["Events"]["Polls"]["Properties"]["ScalingConfig"]
    assert in_map(most["MaximumConcurrency"]) == 2
    choices = template()["Parameters"]["TrackerConcurrency"]["AllowedValues"]
    assert template()["Mappings"]["AtATime"] == {choice: {"Most": int(choice)} for choice in choices}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_functions_read_the_environment_that_the_template_gives_them(function: str) -> None:
    variables = {name: _value(value) for name, value in environment(function).items()}
    settings = Settings.read({**variables, "AWS_REGION": "eu-central-1"}, need=("STORE_TABLE", "HASH_KEY"))
    assert settings.mode is Mode.SHADOW
    # Where the template says nothing, the defaults of the settings stand: they are the same.
    bare = Settings.read({})
    for name in ("interval", "pace", "poll_expiry", "notice_due", "retry_margin", "lease", "probe", "summary"):
        assert getattr(settings, name) == getattr(bare, name), name
    assert settings.nova_poshta_url == bare.nova_poshta_url
    assert settings.telegram_api_url == bare.telegram_api_url


def _value(value: Any) -> str:
    if isinstance(value, dict) and "Fn::FindInMap" in value:
        value = in_map(value)
    value = with_defaults(value)
    return value if isinstance(value, str) else "placeholder"


def test_the_outputs_are_those_that_the_command_line_looks_for() -> None:
    assert set(template()["Outputs"]) == {
        *FUNCTIONS,
        "BotUrl",
        "WebUrl",
        "StoreTable",
        "PollsQueueUrl",
        "NoticesQueueUrl",
        "PollsDeadLetterQueueUrl",
        "NoticesDeadLetterQueueUrl",
        "AlarmTopicArn",
        "StoreReadPolicyArn",
        "WebhooksQueueUrl",
        "WebhooksDeadLetterQueueUrl",
    }
