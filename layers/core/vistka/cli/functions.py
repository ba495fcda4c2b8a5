"""The functions of a deployment, as the command line calls them."""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from vistka.cli.failures import Failure, FunctionBroken, of_aws, of_function
from vistka.ports import JsonObject

#: Seconds to wait for an answer: longer than any function may run.
READ_TIMEOUT: Final = 300


class Function(StrEnum):
    DISPATCHER = "dispatcher"
    TRACKER = "tracker"
    NOTIFIER = "notifier"
    BOT = "bot"
    WEBHOOKS = "webhooks"
    WEB = "web"

    @property
    def output(self) -> str:
        """The stack's output, and the resource, that names it."""
        return f"{self.value.capitalize()}Function"


#: Deployed only where somebody asked for them.
OPTIONAL: Final = frozenset({Function.WEBHOOKS})


class Functions(Protocol):
    def invoke(self, name: Function, event: JsonObject) -> JsonObject:
        """The function's answer. Raises Failure when there is none, Busy when the call was not even begun."""
        ...


def ask(functions: Functions, name: Function, event: JsonObject) -> JsonObject:
    """Invoke, and raise the failure that the function tells of instead of an answer."""
    answer = functions.invoke(name, event)
    error = answer.get("error")
    if isinstance(error, dict) and "parcels" not in answer:
        raise of_function(name, str(error.get("kind") or ""), str(error.get("text") or ""))
    return answer


class LambdaFunctions:
    """`client` must not retry: a second run of one call would ask the carrier again."""

    def __init__(self, client: Any, names: Mapping[Function, str], *, stack: str) -> None:
        self._client = client
        self._names = names
        self._stack = stack

    def invoke(self, name: Function, event: JsonObject) -> JsonObject:
        try:
            response = self._client.invoke(FunctionName=self._names[name], Payload=json.dumps(event).encode())
            body = response["Payload"].read()
        except (BotoCoreError, ClientError) as error:
            raise of_aws(error, doing=f"calling the {name}") from error
        answer = _object(body)
        if response.get("FunctionError"):
            # What an unhandled error says may hold anything: only its type is repeated.
            kind = str(answer.get("errorType") or response["FunctionError"])
            raise FunctionBroken(
                f"the {name} failed with {kind}; its log: sam logs --stack-name {self._stack} -n {name.output}",
                kind=kind,
            )
        if not answer:
            raise Failure(f"the {name} gave no answer; is the deployed version the one of this command?")
        return answer


def _object(body: bytes) -> JsonObject:
    try:
        data = json.loads(body or b"{}")
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}
