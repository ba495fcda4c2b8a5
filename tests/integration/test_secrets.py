"""Secrets: from the environment, else from SSM; kept for a while; never in an error."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.aws_stand_in import REGION, aws_stand_in
from tests.fakes.clock import FakeClock
from vistka.adapters import aws
from vistka.adapters.secrets import Secret
from vistka.domain.errors import CarrierUnavailable, ConfigurationError

NAME = "NOVA_POSHTA_API_KEY"
PARAMETER = "/vistka-test/nova-poshta-api-key"
VALUE = "0123456789abcdef"


@pytest.fixture(scope="module")
def ssm() -> Iterator[Any]:
    with aws_stand_in() as endpoint:
        yield aws.client("ssm", region=REGION, endpoint_url=endpoint)


@pytest.fixture
def parameter(ssm: Any) -> Iterator[str]:
    ssm.put_parameter(Name=PARAMETER, Value=f" {VALUE}\n", Type="SecureString", Overwrite=True)
    yield PARAMETER
    ssm.delete_parameter(Name=PARAMETER)


def secret(ssm: Any, parameter: str, clock: FakeClock | None = None) -> Secret:
    return Secret(
        NAME,
        environ={f"{NAME}_PARAMETER": parameter},
        ssm=lambda: ssm,
        clock=clock or FakeClock(),
        max_age=timedelta(minutes=5),
        unavailable=CarrierUnavailable,
    )


class Down:
    """SSM that does not answer, or refuses."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def get_parameter(self, **_: Any) -> Any:
        raise self.error


def test_a_value_in_the_environment_overrides_and_asks_nobody() -> None:
    def never() -> Any:
        raise AssertionError("asked")

    environ = {NAME: VALUE, f"{NAME}_PARAMETER": PARAMETER}
    made = Secret(NAME, environ=environ, ssm=never, clock=FakeClock(), max_age=timedelta(minutes=5))
    assert made() == VALUE
    assert made.configured


def test_a_securestring_is_read_by_its_name(ssm: Any, parameter: str) -> None:
    assert secret(ssm, parameter)() == VALUE


def test_a_changed_secret_is_seen_after_its_age(ssm: Any, parameter: str) -> None:
    clock = FakeClock()
    made = secret(ssm, parameter, clock)
    assert made() == VALUE
    ssm.put_parameter(Name=parameter, Value="another", Type="SecureString", Overwrite=True)
    clock.advance(timedelta(minutes=4))
    assert made() == VALUE
    clock.advance(timedelta(minutes=1))
    assert made() == "another"


def test_a_secret_that_nobody_named_says_what_to_set(ssm: Any) -> None:
    made = secret(ssm, "")
    assert not made.configured
    with pytest.raises(ConfigurationError, match=f"neither {NAME} is set nor {NAME}_PARAMETER"):
        made()


def test_a_parameter_that_is_not_there_is_named(ssm: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"{NAME}: the SSM parameter /nowhere .*ParameterNotFound"):
        secret(ssm, "/nowhere")()


def test_an_empty_parameter_is_as_none(ssm: Any, parameter: str) -> None:
    ssm.put_parameter(Name=parameter, Value="  ", Type="SecureString", Overwrite=True)
    with pytest.raises(ConfigurationError, match="it is empty"):
        secret(ssm, parameter)()


def error_of(ssm: Any, code: str) -> Exception:
    made: Exception = ssm.exceptions.ClientError({"Error": {"Code": code, "Message": VALUE}}, "GetParameter")
    return made


def test_a_refused_read_names_the_parameter_and_no_value(ssm: Any) -> None:
    down = Down(error_of(ssm, "AccessDeniedException"))
    with pytest.raises(ConfigurationError, match="AccessDenied") as caught:
        secret(down, PARAMETER)()
    assert PARAMETER in str(caught.value)
    assert VALUE not in str(caught.value)


def test_ssm_that_does_not_answer_is_an_outage_of_what_needs_the_secret(ssm: Any) -> None:
    """R7."""
    down = Down(error_of(ssm, "ThrottlingException"))
    with pytest.raises(CarrierUnavailable, match="Throttling") as caught:
        secret(down, PARAMETER)()
    assert VALUE not in str(caught.value)
    silent = aws.client("ssm", region=REGION, endpoint_url="http://127.0.0.1:9")
    with pytest.raises(CarrierUnavailable, match="EndpointConnectionError"):
        secret(silent, PARAMETER)()


def test_what_was_read_before_outlives_an_outage(ssm: Any, parameter: str) -> None:
    class DownLater:
        up = True

        def get_parameter(self, **request: Any) -> Any:
            if not self.up:
                raise error_of(ssm, "InternalServerError")
            return ssm.get_parameter(**request)

    clock, client = FakeClock(), DownLater()
    made = secret(client, parameter, clock)
    assert made() == VALUE
    client.up = False
    clock.advance(timedelta(hours=1))
    assert made() == VALUE


def test_a_secret_does_not_show_itself() -> None:
    """R9."""
    made = Secret(NAME, environ={NAME: VALUE}, ssm=dict, clock=FakeClock(), max_age=timedelta(minutes=5))
    assert VALUE not in repr(made)
