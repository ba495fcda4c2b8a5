"""What ends a command with a clear line: exit code 1 for what failed, 2 for wrong use or configuration."""

from typing import IO, Any, Final

import click
from botocore import exceptions as aws
from rich.text import Text

from vistka.cli.render import errors, plain
from vistka.domain.errors import TransientError, VistkaError

#: Kinds that may pass by themselves.
_PASSING: Final = frozenset(
    {
        "CarrierLimited",
        "CarrierUnavailable",
        "QueueUnavailable",
        "ShopUnavailable",
        "SlotTaken",
        "StoreConflict",
        "StoreUnavailable",
    }
)
_LATER: Final = "try again later"
_MORE: Final = "`vistka check` tells more"

#: Kinds of a function's error that stand for wrong use or configuration, not for something that failed.
MISUSE_KINDS: Final = frozenset({"ConfigurationError", "ShopMismatch", "BadMessage", "OrderUnknown"})

_BAD_CREDENTIALS: Final = frozenset(
    {
        "AuthFailure",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_EXPIRED: Final = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})
_DENIED: Final = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"})
_THROTTLED: Final = frozenset({"TooManyRequestsException", "Throttling", "ThrottlingException", "RequestLimitExceeded"})


class Failure(click.ClickException):
    """Something failed; `kind` is the class of a function's own error, where it told one."""

    exit_code = 1

    def __init__(self, message: str, *, kind: str = "", advice: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.advice = advice

    @property
    def line(self) -> str:
        """Reason and what to do."""
        return f"{self.message}; {self.advice}" if self.advice else self.message

    def show(self, file: IO[Any] | None = None) -> None:  # noqa: ARG002  # click's signature
        say_error(self.line)


class WrongUse(Failure):
    """Used or configured wrongly: trying again alone will not help."""

    exit_code = 2


class Busy(Failure):
    """AWS has no room for the call just now, and did not begin it."""


class FunctionBroken(Failure):
    """The function did not handle its error."""


def say_error(message: str) -> None:
    console = errors()
    for line in plain(message, lines=True).splitlines():
        console.print(Text.assemble(("error:", "bold red"), " ", line))


def of_function(function: str, kind: str, text: str) -> Failure:
    """The failure a function's known error stands for."""
    of_kind = WrongUse if kind in MISUSE_KINDS else Failure
    text = text or f"the {function} reports {kind}"
    return of_kind(text, kind=kind, advice=_advice(kind, text))


def _advice(kind: str, text: str) -> str:
    if kind == "ShopMismatch" and "has no column" in text:
        return "" if "vistka migrate" in text else "run `vistka migrate`"
    if kind in MISUSE_KINDS:
        return ""
    return f"{_LATER}; {_MORE}" if kind in _PASSING and "try again" not in text else _MORE


def of_package(error: VistkaError, *, advice: str = "") -> Failure:
    """The failure that one of our own errors stands for."""
    kind = type(error).__name__
    text = str(error) or kind
    if kind in MISUSE_KINDS:
        return WrongUse(text, kind=kind, advice=advice)
    if not advice and isinstance(error, TransientError):
        text = f"{text}; try again"
    return Failure(text, kind=kind, advice=advice)


def of_aws(error: aws.BotoCoreError | aws.ClientError, *, doing: str) -> Failure:
    """One line for an error of AWS: what was being done, and what to do about it."""
    if isinstance(error, aws.ClientError):
        return _of_answer(error, doing)
    return _of_call(error, doing)


def _of_answer(error: aws.ClientError, doing: str) -> Failure:
    code = str(error.response.get("Error", {}).get("Code") or "")
    if code in _EXPIRED:
        return WrongUse(f"{doing}: the AWS session has expired; sign in again (aws sso login, or new keys)")
    if code in _BAD_CREDENTIALS:
        return WrongUse(f"{doing}: AWS does not accept these credentials; check AWS_PROFILE or --profile ({code})")
    if code in _DENIED:
        return WrongUse(f"{doing}: not allowed; these credentials lack the permission for {error.operation_name}")
    if code in _THROTTLED:
        return Busy(f"{doing}: AWS asks to slow down ({code}); try again in a moment")
    if code in {"ResourceNotFoundException", "ResourceNotFound"}:
        return WrongUse(f"{doing}: it is not there; deploy the stack again ({code})")
    return Failure(f"{doing}: AWS answers {code or 'an error'}")


def _of_call(error: aws.BotoCoreError, doing: str) -> Failure:
    name = type(error).__name__
    match error:
        case aws.NoCredentialsError() | aws.PartialCredentialsError():
            return WrongUse(f"{doing}: no AWS credentials; set AWS_PROFILE, or sign in (aws sso login)")
        case aws.ProfileNotFound():
            return WrongUse(f"{doing}: no such AWS profile; see aws configure list-profiles")
        case aws.NoRegionError():
            return WrongUse(f"{doing}: no AWS region; give --region or set AWS_DEFAULT_REGION")
        case aws.ConfigParseError() | aws.InvalidConfigError() | aws.ConfigNotFound():
            return WrongUse(f"{doing}: the AWS configuration file cannot be read ({name})")
        case aws.SSOError() | aws.TokenRetrievalError() | aws.LoginError() | aws.CredentialRetrievalError():
            return WrongUse(f"{doing}: the AWS sign-in cannot be used any more; sign in again ({name})")
        case aws.EndpointConnectionError() | aws.ConnectTimeoutError() | aws.ConnectionClosedError():
            return Failure(f"{doing}: AWS cannot be reached ({name}); is the region right, and is there a connection?")
        case aws.ReadTimeoutError():
            return Failure(f"{doing}: no answer in time")
        case aws.HTTPClientError():
            return Failure(f"{doing}: the connection failed ({name})")
        case _:
            return WrongUse(f"{doing}: {name}")
