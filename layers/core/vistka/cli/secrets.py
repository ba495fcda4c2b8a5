"""The deployment's SecureStrings, as the person reads and writes them who sets it up."""

from dataclasses import dataclass
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError

from vistka.cli.failures import WrongUse, of_aws
from vistka.cli.target import Target


class Secrets(Protocol):
    def read(self, name: str) -> str | None:
        """None if there is none. Raises Failure."""
        ...

    def write(self, name: str, value: str) -> None: ...


@dataclass(frozen=True, slots=True)
class StackSecrets:
    """Those of one deployment."""

    target: Target

    def read(self, name: str) -> str | None:
        return read_secret(self.target, name)

    def write(self, name: str, value: str) -> None:
        write_secret(self.target, name, value)


def read_secret(target: Target, name: str) -> str | None:
    """The value under this name, None if there is none. Raises Failure."""
    if not name:
        return None
    try:
        answer = target.client("ssm").get_parameter(Name=name, WithDecryption=True)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "ParameterNotFound":
            return None
        raise of_aws(error, doing=f"reading the parameter {name}") from error
    except BotoCoreError as error:
        raise of_aws(error, doing=f"reading the parameter {name}") from error
    return str(answer["Parameter"]["Value"]).strip() or None


def write_secret(target: Target, name: str, value: str) -> None:
    """Store it as a SecureString under AWS's own key, over what was there. Raises Failure."""
    try:
        target.client("ssm").put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "HierarchyTypeMismatch":
            raise WrongUse(f"{name} is there as a plain parameter; delete it, then call this again") from None
        raise of_aws(error, doing=f"writing the parameter {name}") from error
    except BotoCoreError as error:
        raise of_aws(error, doing=f"writing the parameter {name}") from error
