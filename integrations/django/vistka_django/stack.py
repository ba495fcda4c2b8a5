"""The deployed stack, called with the AWS credentials of this machine."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from vistka_django import conf

_ELSEWHERE = "or run `vistka update` on the machine from which the stack was deployed"


class StackTrouble(Exception):
    """One line with what to do."""


class Stack:
    """Its two functions. Raises StackTrouble."""

    def __init__(self, client: Any, names: Mapping[str, str]) -> None:
        self._client = client
        self._names = names

    @classmethod
    def of_settings(cls) -> Stack:
        """VISTKA['STACK'] and ['REGION'], else VISTKA_STACK and what AWS's own tools go by."""
        try:
            import boto3
            from botocore.config import Config
            from botocore.exceptions import BotoCoreError, ClientError
        except ImportError:
            raise StackTrouble(f"boto3 is missing: pip install 'vistka-django[aws]', {_ELSEWHERE}") from None
        given = conf.given()
        stack = given["STACK"] or os.environ.get("VISTKA_STACK", "").strip() or "vistka"
        # A function may work for minutes; a second call of it would ask the carrier again.
        patient = Config(connect_timeout=5, read_timeout=300, retries={"total_max_attempts": 1})
        try:
            session = boto3.Session(region_name=given["REGION"] or None)
            if session.get_credentials() is None:
                raise StackTrouble(
                    "no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of a user that may invoke the "
                    f"stack's functions, {_ELSEWHERE}"
                )
            found = session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
            names = {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", ())}
            return cls(session.client("lambda", config=patient), names)
        except (BotoCoreError, ClientError) as error:
            raise StackTrouble(f"stack {stack}: {_reason(error)}") from None

    def dispatcher(self, event: Mapping[str, Any]) -> dict[str, Any]:
        return self._call("DispatcherFunction", event)

    def tracker(self, event: Mapping[str, Any]) -> dict[str, Any]:
        return self._call("TrackerFunction", event)

    def _call(self, function: str, event: Mapping[str, Any]) -> dict[str, Any]:
        from botocore.exceptions import BotoCoreError, ClientError

        if function not in self._names:
            raise StackTrouble(f"the stack has no {function}; is VISTKA['STACK'] Vistka's?")
        try:
            response = self._client.invoke(FunctionName=self._names[function], Payload=json.dumps(event).encode())
            answer = json.loads(response["Payload"].read() or b"{}")
        except (BotoCoreError, ClientError) as error:
            raise StackTrouble(f"{function}: {_reason(error)}") from None
        except ValueError:
            answer = None
        if response.get("FunctionError") or not isinstance(answer, dict):
            raise StackTrouble(f"{function} failed; its log says why")
        trouble = answer.get("error")
        if isinstance(trouble, dict):
            raise StackTrouble(str(trouble.get("text") or "the stack could not do it"))
        return answer


def _reason(error: Exception) -> str:
    """AWS's own words hold account numbers and addresses: its code is enough."""
    code = getattr(error, "response", {}).get("Error", {}).get("Code") if hasattr(error, "response") else None
    if code == "ValidationError":
        return "there is no such stack in this region; set VISTKA['STACK'] and VISTKA['REGION']"
    if code in {"AccessDenied", "AccessDeniedException"}:
        return "this AWS user may not; it needs cloudformation:DescribeStacks and lambda:InvokeFunction"
    if type(error).__name__ == "NoRegionError":
        return "no AWS region; set VISTKA['REGION'] or AWS_DEFAULT_REGION"
    return f"AWS says {code or type(error).__name__}"
