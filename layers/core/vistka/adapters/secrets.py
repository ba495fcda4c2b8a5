"""Secrets: a value from the environment, else an SSM SecureString by its name, kept for a while."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

from vistka.domain.errors import ConfigurationError, TransientError
from vistka.ports import Clock

#: What SSM answers when somebody must act. AWS wraps the key's own refusals in an access error of SSM.
_FINAL: Final = frozenset(
    {
        "ParameterNotFound",
        "ParameterVersionNotFound",
        "ValidationException",
        "AccessDeniedException",
        "InvalidKeyId",
        "UnrecognizedClientException",
    }
)


class Secret:
    """Called, it returns the secret. Its value stands in no repr, log or error text.

    `name` is the variable that overrides, and `<name>_PARAMETER` the one that names the SecureString. `ssm` makes a
    boto3 client of SSM; it is not called while the environment holds the value. Raises ConfigurationError naming
    variable and parameter when there is no such secret, and `unavailable` when SSM does not answer and nothing is
    kept from before.
    """

    def __init__(
        self,
        name: str,
        *,
        environ: Mapping[str, str],
        ssm: Callable[[], Any],
        clock: Clock,
        max_age: timedelta,
        unavailable: type[TransientError] = TransientError,
    ) -> None:
        self._name = name
        self._override = (environ.get(name) or "").strip()
        self._parameter = (environ.get(f"{name}_PARAMETER") or "").strip()
        self._ssm = cache(ssm)
        self._clock = clock
        self._max_age = max_age
        self._unavailable = unavailable
        self._kept: tuple[str, datetime] | None = None

    def __repr__(self) -> str:
        return f"Secret({self._name})"

    @property
    def configured(self) -> bool:
        """Whether the deployment names such a secret at all."""
        return bool(self._override or self._parameter)

    def __call__(self) -> str:
        if self._override:
            return self._override
        if not self._parameter:
            raise ConfigurationError(
                f"neither {self._name} is set nor {self._name}_PARAMETER, the name of an SSM SecureString that holds it"
            )
        now = self._clock.now()
        if self._kept is None or now - self._kept[1] >= self._max_age:
            self._kept = (self._read(), now)
        return self._kept[0]

    def _read(self) -> str:
        try:
            answer = self._ssm().get_parameter(Name=self._parameter, WithDecryption=True)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", "unknown"))
            if code in _FINAL:
                raise self._wrong(code) from None
            return self._older(code)
        except (NoCredentialsError, NoRegionError) as error:
            raise self._wrong(type(error).__name__) from None
        except BotoCoreError as error:
            return self._older(type(error).__name__)
        value = str(answer["Parameter"]["Value"]).strip()
        if not value:
            raise self._wrong("it is empty")
        return value

    def _older(self, why: str) -> str:
        """What was read before outlives an outage of SSM."""
        if self._kept is None:
            raise self._unavailable(f"SSM does not answer for {self._name}: {why}")
        return self._kept[0]

    def _wrong(self, why: str) -> ConfigurationError:
        return ConfigurationError(
            f"{self._name}: the SSM parameter {self._parameter} ({self._name}_PARAMETER) cannot be used: {why}; "
            "create it as a SecureString that the function may read"
        )
