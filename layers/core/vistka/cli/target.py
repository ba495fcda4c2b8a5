"""Which deployment a command speaks to, and with which credentials."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from vistka.cli.failures import WrongUse, of_aws
from vistka.cli.project import find_project
from vistka.cli.samconfig import NAME, SamConfig
from vistka.cli.world import World, find_world


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """What the options say; None where they say nothing."""

    stack: str | None = None
    region: str | None = None
    profile: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """A stack and the session to reach it; `world` is set for the local one."""

    title: str
    stack: str
    region: str
    session: boto3.Session = field(repr=False)
    endpoint_url: str | None = None
    world: World | None = None

    def client(self, service: str, *, read_timeout: float = 20, attempts: int = 3) -> Any:
        """A client of an AWS service; timeout in seconds. One attempt means that nothing is ever sent twice.

        Raises Failure for a configuration that AWS's library does not take.
        """
        config = Config(
            connect_timeout=5,
            read_timeout=read_timeout,
            retries={"mode": "standard", "total_max_attempts": attempts},
            tcp_keepalive=True,
            # The local world is on this machine: no proxy of the environment leads there.
            **({"proxies": {}} if self.world else {}),
        )
        try:
            return self.session.client(service, endpoint_url=self.endpoint_url, config=config)
        except BotoCoreError as error:
            raise of_aws(error, doing=f"reaching {service}") from error
        except ValueError:
            raise WrongUse(f"reaching {service}: AWS_ENDPOINT_URL is not an address") from None


def choose(choice: Choice, *, folder: Path, environ: Mapping[str, str]) -> Target:
    """The stack named by option or VISTKA_STACK, else the local world while it is up, else the one that `vistka setup`
    wrote into samconfig.toml. Raises WrongUse."""
    stack = choice.stack if choice.stack is not None else environ.get("VISTKA_STACK", "").strip()
    if stack:
        return _on_aws(stack, choice, environ)
    world = find_world(folder)
    if world is None and (set_up := _set_up(folder)) is not None:
        stack, region, profile = set_up
        return _on_aws(
            stack, Choice(region=choice.region or region, profile=choice.profile or profile or None), environ
        )
    if world is None:
        raise WrongUse(
            "no deployment: name a stack with --stack or VISTKA_STACK, make one with `vistka setup`, or start the "
            "local world with `make up`"
        )
    if choice.region or choice.profile:
        raise WrongUse("--region and --profile go with --stack; the local world has its own")
    return Target(
        title=world.title,
        stack=world.stack,
        region=world.region,
        session=_local_session(world),
        endpoint_url=world.endpoint_url,
        world=world,
    )


def _set_up(folder: Path) -> tuple[str, str, str] | None:
    """Stack, region and profile of this project's samconfig.toml, once all is there that names a deployment."""
    project = find_project(folder)
    config = SamConfig(project / NAME) if project is not None else None
    if config is None or not config.get("stack_name") or not config.get("region"):
        return None
    return config.get("stack_name"), config.get("region"), config.get("profile")


def _on_aws(stack: str, choice: Choice, environ: Mapping[str, str]) -> Target:
    try:
        session = boto3.Session(profile_name=choice.profile, region_name=choice.region)
        region = session.region_name
    except BotoCoreError as error:
        raise of_aws(error, doing=f"stack {stack}") from error
    if not region:
        raise WrongUse(f"stack {stack}: no AWS region; give --region or set AWS_DEFAULT_REGION")
    elsewhere = environ.get("AWS_ENDPOINT_URL", "")
    title = f"stack {stack} in {region}" + (f", {elsewhere}" if elsewhere else "")
    return Target(title=title, stack=stack, region=region, session=session)


def _local_session(world: World) -> boto3.Session:
    # A profile, role or half-written file of this user's must not reach into the local world.
    nowhere: dict[str, tuple[Any, ...]] = {
        "profile": (None, None, None, None),
        "config_file": (None, None, os.devnull, None),
        "credentials_file": (None, None, os.devnull, None),
    }
    return boto3.Session(
        botocore_session=botocore.session.Session(session_vars=nowhere),
        aws_access_key_id=world.access_key,
        aws_secret_access_key=world.secret_key,
        region_name=world.region,
    )
