"""Where a set-up goes to: the project's folder, the account, the region, the stack, and what is there already."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import boto3
from botocore.exceptions import BotoCoreError

from vistka.cli.bot import OWN_URL
from vistka.cli.failures import Busy, WrongUse, of_aws
from vistka.cli.options import Outside
from vistka.cli.project import find_project
from vistka.cli.samconfig import NAME, SamConfig
from vistka.cli.setup.ground import Ground
from vistka.cli.stack import Described
from vistka.cli.target import Target
from vistka.cli.world import find_world
from vistka.settings import here, is_loopback

DEFAULT_REGION: Final = "eu-central-1"
DEFAULT_STACK: Final = "vistka"

#: Template parameter -> the last part of the SecureString's name.
SECRETS: Final = {
    "NovaPoshtaApiKeyParameter": "nova-poshta-api-key",
    "TelegramBotTokenParameter": "telegram-bot-token",
    "ShopDatabaseUrlParameter": "shop-database-url",
}


@dataclass(frozen=True, kw_only=True)
class Place:
    """`known`: each template parameter as the stack has it, else as samconfig.toml says, else its default, as in
    `defaults`. `local`: AWS itself is on this machine."""

    project: Path
    config: SamConfig
    target: Target
    ground: Ground
    account: str
    found: Described
    known: Mapping[str, str]
    defaults: Mapping[str, str]
    local: bool

    @property
    def new(self) -> bool:
        return not self.found.there or self.found.failed_at_birth

    @property
    def own_url(self) -> str:
        """Where the bot's webhook leads if it is this deployment's; empty before the first one."""
        url = self.found.outputs.get(OWN_URL, "")
        return here(url, self.target.world.endpoint_url) if self.target.world is not None else url

    def secret_name(self, parameter: str) -> str:
        """A second stack in one account keeps its secrets apart from the first one's."""
        if not self.new and self.found.parameters.get(parameter):
            return self.found.parameters[parameter]
        return self.config.parameters.get(parameter) or f"/{self.target.stack}/{SECRETS[parameter]}"

    def further_names(self) -> dict[str, str]:
        """The names of secrets that are made later, for a stack that is not called like the defaults."""
        return {
            parameter: default.replace(f"/{DEFAULT_STACK}/", f"/{self.target.stack}/", 1)
            for parameter, default in self.defaults.items()
            if parameter.endswith("Parameter")
            and default.startswith(f"/{DEFAULT_STACK}/")
            and parameter not in SECRETS
            and parameter not in self.config.parameters
            and (self.new or parameter not in self.found.parameters)
            and self.target.stack != DEFAULT_STACK
        }


def find_place(outside: Outside, *, config_file: Path | None) -> Place:
    """Look, without changing anything. Raises WrongUse for what has to be put right first, Busy while a deployment is
    under way."""
    project = find_project(outside.folder)
    if project is None:
        raise WrongUse("call this in the project's folder, the one with template.yaml")
    config = SamConfig(config_file or project / NAME)
    target = _target(outside, config)
    if target.world:
        # A person's samconfig.toml is for their own stack.
        config = SamConfig(project / ".aws-sam" / f"world-{NAME}")
    ground = outside.ground(target, project, config.path, outside.environ)
    account = ground.account()
    found = ground.describe()
    if found.busy:
        raise Busy(f"stack {target.stack}: a deployment is under way; wait for its end, then call this again")
    defaults = template_parameters(project / "template.yaml")
    if found.there and found.parameters and not set(SECRETS) <= found.parameters.keys():
        raise WrongUse(f"stack {target.stack} is there in {target.region} and is not Vistka; take another --stack")
    stack = {} if found.failed_at_birth else found.parameters
    endpoint = target.endpoint_url or outside.environ.get("AWS_ENDPOINT_URL", "")
    return Place(
        project=project,
        config=config,
        target=target,
        ground=ground,
        account=account,
        found=found,
        known={**defaults, **config.parameters, **stack},
        defaults=defaults,
        local=is_loopback(endpoint),
    )


def _target(outside: Outside, config: SamConfig) -> Target:
    choice = outside.choice
    named = (choice.stack or outside.environ.get("VISTKA_STACK") or "").strip()
    if not named and find_world(outside.folder) is not None:
        return outside.target()
    stack = named or config.get("stack_name") or DEFAULT_STACK
    ours = config.get("stack_name") in {"", stack}
    profile = choice.profile or outside.environ.get("AWS_PROFILE") or (config.get("profile") if ours else "")
    try:
        session = boto3.Session(profile_name=profile or None)
        asked = choice.region or session.region_name
        regions = session.get_available_regions("lambda")
    except BotoCoreError as error:
        raise of_aws(error, doing=f"setting up stack {stack}") from error
    kept = config.get("region") if ours else ""
    if asked and kept and asked != kept:
        raise WrongUse(
            f"{config.path.name} deploys stack {stack} to {kept}, and {asked} was asked for",
            advice=f"give --region {kept}, or another --stack for {asked}",
        )
    region = asked or kept or DEFAULT_REGION
    if region not in regions:
        near = [name for name in regions if name[:2] == region[:2]][:6]
        raise WrongUse(f"{region} is no AWS region", advice=f"there are {', '.join(near or regions[:6])} …")
    outside.choice = replace(choice, stack=stack, region=region, profile=profile or None)
    return outside.target()


def template_parameters(template: Path) -> dict[str, str]:
    """Each parameter with its default. The file is ours, and is read as it is laid out: no YAML reader is needed."""
    section = re.search(r"^Parameters:\n(.*?)^\S", template.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    found = re.findall(r"^  (\w+):\n((?:^    .*\n|^\n)*)", section[1] if section else "", re.MULTILINE)
    out = {}
    for name, body in found:
        default = re.search(r"^    Default: *(.*?) *$", body, re.MULTILINE)
        out[name] = default[1].strip("\"'") if default else ""
    return out
