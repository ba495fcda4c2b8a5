"""A deployment that is spoken to: its functions, its store, and what AWS says of the rest."""

import os
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from botocore.exceptions import BotoCoreError

from vistka.adapters.clock import SystemClock
from vistka.cli.account import Account
from vistka.cli.archive import Archive
from vistka.cli.dead_letters import DeadLetters, SqsDeadLetters
from vistka.cli.failures import WrongUse, of_aws
from vistka.cli.functions import OPTIONAL, READ_TIMEOUT, Function, Functions, LambdaFunctions
from vistka.cli.knocking import knock
from vistka.cli.looks import AwsLooks, Looks
from vistka.cli.secrets import Secrets, StackSecrets, read_secret
from vistka.cli.stack import CloudFormationStack, Stack
from vistka.cli.target import Target
from vistka.ports import Audits, Circuits, Clock, LagBook, Ledger, ParcelStore, Runs
from vistka.settings import TELEGRAM_URL, here


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """What the store knows."""

    parcels: ParcelStore
    ledger: Ledger
    runs: Runs
    circuits: Circuits
    lags: LagBook
    archive: Archive
    audits: Audits


@dataclass(frozen=True, kw_only=True, slots=True)
class Deployment:
    """`parameters` and `outputs` are the stack's own; `state` opens the store when it is first needed, and `bot` reads
    the bot's token, with this person's credentials; `knock` tries the bot's door."""

    functions: Functions
    state: Callable[[], State]
    looks: Looks
    dead_letters: DeadLetters
    clock: Clock
    stack: Stack
    bot: Callable[[], Account]
    secrets: Secrets
    knock: Callable[[str, str], int | None] = knock
    parameters: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)


def connect(target: Target) -> Deployment:
    """Read the stack's outputs. Raises Failure."""
    clock = _clock(target)
    stack = CloudFormationStack(target.client("cloudformation"), target.stack, sleep=clock.sleep)
    outputs, parameters = _describe(target, stack)
    names = {
        function: _named(target, outputs, function.output)
        for function in Function
        if function not in OPTIONAL or function.output in outputs
    }
    return Deployment(
        # One attempt: a call that seemed lost may be running.
        functions=LambdaFunctions(
            target.client("lambda", read_timeout=READ_TIMEOUT, attempts=1), names, stack=target.stack
        ),
        state=lambda: _state(target, _named(target, outputs, "StoreTable"), clock),
        looks=AwsLooks(target.client, outputs),
        dead_letters=SqsDeadLetters(target.client, outputs, new_id=lambda: uuid.uuid4().hex),
        clock=clock,
        parameters=parameters,
        outputs=outputs,
        stack=stack,
        bot=lambda: _bot(target, parameters),
        secrets=StackSecrets(target),
    )


def _describe(target: Target, stack: CloudFormationStack) -> tuple[Mapping[str, str], Mapping[str, str]]:
    found = stack.describe()
    if not found.there:
        raise WrongUse(
            f"stack {target.stack} is not there in {target.region}; check --stack and --region, or deploy it: "
            "vistka setup"
        )
    if target.world is not None:
        return {name: here(value, target.world.endpoint_url) for name, value in found.outputs.items()}, found.parameters
    return found.outputs, found.parameters


def _bot(target: Target, parameters: Mapping[str, str]) -> Account:
    # requests is slow to load, and most commands do without it.
    from vistka.adapters.telegram_bot import BotAccount  # noqa: PLC0415

    name = parameters.get("TelegramBotTokenParameter", "")
    token = read_secret(target, name)
    if token is None:
        raise WrongUse(f"the bot's token is not stored under {name or 'any name'}; run `vistka setup`")
    return BotAccount(token=lambda: token, url=parameters.get("TelegramApiUrl") or TELEGRAM_URL)


def _named(target: Target, outputs: Mapping[str, str], output: str) -> str:
    try:
        return outputs[output]
    except KeyError:
        raise WrongUse(
            f"stack {target.stack} has no output {output}: it is not Vistka, its deployment did not end well, "
            "or another version is deployed"
        ) from None


def _clock(target: Target) -> Clock:
    world = target.world
    return SystemClock(world.clock_file, world.endpoint_url) if world else SystemClock()


def _state(target: Target, table_name: str, clock: Clock) -> State:
    # pynamodb is slow to load, and most commands do without it.
    from vistka.adapters.store_archive import DynamoArchive  # noqa: PLC0415
    from vistka.adapters.store_audit import DynamoAudits  # noqa: PLC0415
    from vistka.adapters.store_lags import DynamoLags  # noqa: PLC0415
    from vistka.adapters.store_ledger import DynamoLedger  # noqa: PLC0415
    from vistka.adapters.store_paces import DynamoCircuits  # noqa: PLC0415
    from vistka.adapters.store_parcels import DynamoParcels  # noqa: PLC0415
    from vistka.adapters.store_runs import DynamoRuns  # noqa: PLC0415
    from vistka.adapters.store_table import Table  # noqa: PLC0415

    _lend_credentials(target)
    table = Table(table_name, clock=clock, region=target.region, host=target.endpoint_url or "")
    return State(
        parcels=DynamoParcels(table),
        ledger=DynamoLedger(table),
        runs=DynamoRuns(table),
        circuits=DynamoCircuits(table),
        lags=DynamoLags(table, clock=clock, say=_unheard),
        archive=DynamoArchive(table),
        audits=DynamoAudits(table),
    )


def _unheard(_message: str, **_named: object) -> None:
    """Nothing is counted here, only read."""


def _lend_credentials(target: Target) -> None:
    # The store finds its credentials in the environment, as it does in a function: this process's own is set for it.
    try:
        credentials = target.session.get_credentials()
        frozen = credentials.get_frozen_credentials() if credentials else None
    except BotoCoreError as error:
        raise of_aws(error, doing="opening the store") from error
    if frozen is None:
        raise WrongUse("opening the store: no AWS credentials; set AWS_PROFILE, or sign in (aws sso login)")
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN"):
        os.environ.pop(name, None)
    os.environ["AWS_ACCESS_KEY_ID"] = frozen.access_key
    os.environ["AWS_SECRET_ACCESS_KEY"] = frozen.secret_key
    if frozen.token:
        os.environ["AWS_SESSION_TOKEN"] = frozen.token
    if target.world:
        os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
        os.environ["NO_PROXY"] = os.environ["no_proxy"] = "*"
