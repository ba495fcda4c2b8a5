"""The stack as CloudFormation knows it: its state, and its parameters changed without a deployment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from vistka.cli.failures import Busy, Failure, WrongUse, of_aws

#: IAM for the roles of the template, AUTO_EXPAND for its SAM part.
CAPABILITIES: Final = ("CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND")
#: A change of parameters touches three functions and takes a minute; an alarm or a queue takes longer.
LONGEST: Final = timedelta(minutes=20)


@dataclass(frozen=True, kw_only=True, slots=True)
class Described:
    """`status` as CloudFormation words it; empty for a stack that is not there."""

    status: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)

    @property
    def there(self) -> bool:
        return self.status not in {"", "REVIEW_IN_PROGRESS", "DELETE_COMPLETE"}

    @property
    def busy(self) -> bool:
        return self.status.endswith("_IN_PROGRESS") and self.there

    @property
    def failed_at_birth(self) -> bool:
        """Whether its first deployment did not end well: such a stack can only be deleted."""
        return self.status in {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"}


class Stack(Protocol):
    """Each raises Failure when it cannot be done."""

    def change(self, values: Mapping[str, str]) -> None:
        """Give these parameters their values, leave all others and the template as they are, and wait for the end.

        Raises Busy while a deployment is under way. After a failure the stack is as it was.
        """
        ...


class CloudFormationStack:
    """`sleep` waits between two looks."""

    def __init__(self, client: Any, name: str, *, sleep: Callable[[timedelta], None]) -> None:
        self._client = client
        self._name = name
        self._sleep = sleep

    def describe(self) -> Described:
        try:
            stack: dict[str, Any] = self._client.describe_stacks(StackName=self._name)["Stacks"][0]
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "ValidationError":
                return Described()
            raise of_aws(error, doing=f"looking up stack {self._name}") from error
        except BotoCoreError as error:
            raise of_aws(error, doing=f"looking up stack {self._name}") from error
        except (LookupError, TypeError):
            raise Failure(f"looking up stack {self._name}: AWS gave no answer that can be read") from None
        return Described(
            status=str(stack.get("StackStatus") or ""),
            parameters={item["ParameterKey"]: item.get("ParameterValue", "") for item in stack.get("Parameters", ())},
            outputs={item["OutputKey"]: item["OutputValue"] for item in stack.get("Outputs", ())},
        )

    def change(self, values: Mapping[str, str]) -> None:
        before = self.describe().parameters
        if missing := sorted(values.keys() - before.keys()):
            raise WrongUse(f"stack {self._name} has no parameter {missing[0]}: deploy this version first")
        if all(before[name] == value for name, value in values.items()):
            return
        wanted = [
            {"ParameterKey": name, "ParameterValue": values[name]}
            if name in values
            else {"ParameterKey": name, "UsePreviousValue": True}
            for name in before
        ]
        doing = f"changing stack {self._name}"
        try:
            self._client.update_stack(
                StackName=self._name, UsePreviousTemplate=True, Parameters=wanted, Capabilities=list(CAPABILITIES)
            )
        except ClientError as error:
            said = str(error.response.get("Error", {}).get("Message") or "")
            if "No updates are to be performed" in said:
                return
            if "_IN_PROGRESS" in said:
                raise Busy(
                    f"{doing}: a deployment is under way; wait until it has ended, then call this again"
                ) from None
            if "can not be updated" in said or "cannot be updated" in said:
                raise WrongUse(f"{doing}: its last deployment did not end well; run `vistka setup` again") from None
            raise of_aws(error, doing=doing) from error
        except BotoCoreError as error:
            raise of_aws(error, doing=doing) from error
        status = self.wait()
        if status != "UPDATE_COMPLETE":
            raise Failure(f"{doing}: it ended as {status or 'deleted'}{self.why()}; nothing was changed")

    def delete(self) -> None:
        """Only ever called for a stack whose first deployment failed. What it retains stays."""
        try:
            self._client.delete_stack(StackName=self._name)
        except (BotoCoreError, ClientError) as error:
            raise of_aws(error, doing=f"deleting stack {self._name}") from error
        status = self.wait()
        if status not in {"", "DELETE_COMPLETE"}:
            raise Failure(f"deleting stack {self._name}: it ended as {status}{self.why()}")

    def wait(self) -> str:
        """Until nothing is under way; how it ended. Raises Failure after `LONGEST`."""
        pause, waited = timedelta(seconds=0.25), timedelta()
        while waited < LONGEST:
            found = self.describe()
            if not found.busy:
                return found.status
            self._sleep(pause)
            waited += pause
            pause = min(pause * 2, timedelta(seconds=4))
        raise Failure(
            f"stack {self._name} is still in work after {LONGEST.total_seconds() // 60:.0f} minutes; "
            "CloudFormation's console shows why"
        )

    def why(self) -> str:
        """The first failure of the last operation, as part of a sentence; empty if AWS does not say."""
        try:
            events = self._client.describe_stack_events(StackName=self._name).get("StackEvents", ())
        except (BotoCoreError, ClientError):
            return ""
        reason = ""
        for event in events:  # newest first; the operation began where the stack itself did
            status = str(event.get("ResourceStatus") or "")
            if status.endswith("_FAILED") and "cancelled" not in str(event.get("ResourceStatusReason")):
                said = " ".join(str(event.get("ResourceStatusReason") or status).split())
                reason = f" ({event.get('LogicalResourceId')}: {said})"
            own = (
                event.get("LogicalResourceId") == self._name
                or event.get("ResourceType") == "AWS::CloudFormation::Stack"
            )
            if own and status in {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS"}:
                break
        return reason
