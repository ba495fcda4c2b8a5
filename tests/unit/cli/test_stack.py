"""The stack's parameters are changed one by one, and what CloudFormation says becomes one line."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from vistka.cli.failures import Busy, Failure, WrongUse
from vistka.cli.stack import CloudFormationStack, Described

PARAMETERS = {"Mode": "shadow", "OnlyOrders": "", "LogLevel": "DEBUG"}


def refusal(message: str, code: str = "ValidationError") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "UpdateStack")


class Cloud:
    """CloudFormation: `ends` are the states that follow one another after a change."""

    def __init__(self, *ends: str, refuses: Exception | None = None) -> None:
        self.states = ["CREATE_COMPLETE"]
        self.ends = list(ends)
        self.refuses = refuses
        self.asked: list[dict[str, Any]] = []
        self.events: list[dict[str, str]] = []

    def describe_stacks(self, **asked: str) -> dict[str, Any]:
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if not state:
            raise refusal(f"Stack with id {asked['StackName']} does not exist")
        parameters = [{"ParameterKey": name, "ParameterValue": value} for name, value in PARAMETERS.items()]
        return {"Stacks": [{"StackStatus": state, "Parameters": parameters, "Outputs": []}]}

    def update_stack(self, **request: Any) -> None:
        self.asked.append(request)
        if self.refuses is not None:
            raise self.refuses
        self.states = list(self.ends)

    def delete_stack(self, **asked: str) -> None:
        self.states = list(self.ends)

    def describe_stack_events(self, **asked: str) -> dict[str, Any]:
        return {"StackEvents": self.events}


def stack(cloud: Cloud, slept: list[timedelta] | None = None) -> CloudFormationStack:
    return CloudFormationStack(cloud, "shop", sleep=(slept if slept is not None else []).append)


def test_only_what_is_named_gets_another_value_and_its_end_is_waited_for() -> None:
    cloud = Cloud("UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE")
    slept: list[timedelta] = []
    stack(cloud, slept).change({"Mode": "live"})
    assert cloud.asked == [
        {
            "StackName": "shop",
            "UsePreviousTemplate": True,
            "Parameters": [
                {"ParameterKey": "Mode", "ParameterValue": "live"},
                {"ParameterKey": "OnlyOrders", "UsePreviousValue": True},
                {"ParameterKey": "LogLevel", "UsePreviousValue": True},
            ],
            "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        }
    ]
    assert len(slept) == 2


def test_values_that_stand_there_already_are_not_sent() -> None:
    cloud = Cloud()
    stack(cloud).change({"Mode": "shadow", "OnlyOrders": ""})
    assert cloud.asked == []


def test_a_parameter_that_the_deployed_version_lacks_is_wrong_use() -> None:
    with pytest.raises(WrongUse, match="has no parameter MonthlyReport: deploy this version first"):
        stack(Cloud()).change({"MonthlyReport": "off"})


@pytest.mark.parametrize(
    ("refuses", "kind", "said"),
    [
        (refusal("Stack [shop] is in UPDATE_IN_PROGRESS state and can not be updated."), Busy, "under way"),
        (refusal("Stack [shop] is in ROLLBACK_COMPLETE state and can not be updated."), WrongUse, "vistka setup"),
        (refusal("x", "AccessDenied"), WrongUse, "lack the permission for UpdateStack"),
        (EndpointConnectionError(endpoint_url="https://x"), Failure, "cannot be reached"),
    ],
)
def test_a_refusal_is_one_line_with_what_to_do(refuses: Exception, kind: type[Failure], said: str) -> None:
    with pytest.raises(kind, match=said) as caught:
        stack(Cloud(refuses=refuses)).change({"Mode": "live"})
    assert type(caught.value) is kind


def test_nothing_to_update_is_no_failure() -> None:
    stack(Cloud(refuses=refusal("No updates are to be performed."))).change({"Mode": "live"})


def test_a_change_that_was_rolled_back_says_what_failed_first() -> None:
    cloud = Cloud("UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE")
    own = "AWS::CloudFormation::Stack"
    cloud.events = [
        {"ResourceStatus": "UPDATE_FAILED", "LogicalResourceId": "B", "ResourceStatusReason": "Update was cancelled"},
        {"ResourceStatus": "UPDATE_FAILED", "LogicalResourceId": "A", "ResourceStatusReason": "no\n room"},
        {"ResourceStatus": "UPDATE_IN_PROGRESS", "LogicalResourceId": "shop", "ResourceType": own},
        {"ResourceStatus": "CREATE_FAILED", "LogicalResourceId": "Old", "ResourceStatusReason": "long ago"},
    ]
    with pytest.raises(Failure, match=r"ended as UPDATE_ROLLBACK_COMPLETE \(A: no room\); nothing was changed"):
        stack(cloud).change({"Mode": "live"})


def test_a_stack_that_never_ends_is_given_up() -> None:
    cloud = Cloud("UPDATE_IN_PROGRESS")
    with pytest.raises(Failure, match="still in work after 20 minutes"):
        stack(cloud).change({"Mode": "live"})


def test_a_stack_that_failed_at_birth_can_be_deleted() -> None:
    cloud = Cloud("DELETE_IN_PROGRESS", "")
    stack(cloud).delete()
    assert stack(cloud).describe() == Described()
    with pytest.raises(Failure, match="ended as DELETE_FAILED"):
        stack(Cloud("DELETE_FAILED")).delete()


@pytest.mark.parametrize(
    ("status", "there", "busy", "failed"),
    [
        ("", False, False, False),
        ("REVIEW_IN_PROGRESS", False, False, False),
        ("CREATE_IN_PROGRESS", True, True, False),
        ("CREATE_COMPLETE", True, False, False),
        ("ROLLBACK_COMPLETE", True, False, True),
        ("UPDATE_ROLLBACK_COMPLETE", True, False, False),
    ],
)
def test_what_a_status_means(status: str, there: bool, busy: bool, failed: bool) -> None:  # noqa: FBT001
    described = Described(status=status)
    assert (described.there, described.busy, described.failed_at_birth) == (there, busy, failed)
