"""What a set-up needs of AWS and of the SAM CLI."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from vistka.adapters.clock import SystemClock
from vistka.cli.failures import Failure, WrongUse, of_aws
from vistka.cli.samconfig import SamConfig
from vistka.cli.secrets import read_secret, write_secret
from vistka.cli.stack import CAPABILITIES, CloudFormationStack, Described
from vistka.cli.target import Target
from vistka.settings import is_loopback

#: What may hold a secret and concerns neither the SAM CLI nor pip below it.
SECRET_VARIABLES: Final = frozenset({"NOVA_POSHTA_API_KEY", "TELEGRAM_BOT_TOKEN", "SHOP_DATABASE_URL"})


class Ground(Protocol):
    """Each raises Failure with one line."""

    def account(self) -> str:
        """Of the credentials in use. The first question to AWS: wrong ones show here."""
        ...

    def describe(self) -> Described: ...

    def read_secret(self, name: str) -> str | None: ...

    def write_secret(self, name: str, value: str) -> None: ...

    def remove_failed(self) -> None:
        """Delete the stack, whose first deployment failed: nothing else can be done with it."""
        ...

    def build(self, architecture: str) -> Path:
        """Build what is deployed, ready to ship."""
        ...

    def deploy(self, built: Path, parameters: Mapping[str, str]) -> None:
        """Deploy it and wait for the end. Parameters that are not named keep their values."""
        ...


@dataclass(frozen=True, kw_only=True)
class AwsGround:
    """`config` is the samconfig.toml that deployments go by; `environ` that of this command."""

    target: Target
    project: Path
    config: Path
    environ: Mapping[str, str]

    def account(self) -> str:
        try:
            return str(self.target.client("sts").get_caller_identity()["Account"])
        except (BotoCoreError, ClientError) as error:
            raise of_aws(error, doing="asking AWS whose account this is") from error

    def describe(self) -> Described:
        return self._stack.describe()

    def read_secret(self, name: str) -> str | None:
        return read_secret(self.target, name)

    def write_secret(self, name: str, value: str) -> None:
        write_secret(self.target, name, value)

    def remove_failed(self) -> None:
        self._stack.delete()

    def build(self, architecture: str) -> Path:
        folder = self.project / ".aws-sam" / "build"
        command = [self._sam(), "build", "--build-dir", str(folder), "--parameter-overrides"]
        self._run("sam build", [*command, f"Architecture={architecture}"])
        self._run("finishing the build", [sys.executable, "-m", "local.layer", str(folder)])
        return folder

    def deploy(self, built: Path, parameters: Mapping[str, str]) -> None:
        if not self.config.exists():
            # Without one that is named, the SAM CLI would take the project's own.
            self.config.parent.mkdir(parents=True, exist_ok=True)
            self.config.write_text("version = 0.1\n", encoding="utf-8")
        command = [self._sam(), "deploy", "--template-file", str(built / "template.yaml")]
        command += [
            "--config-file",
            str(self.config),
            "--stack-name",
            self.target.stack,
            "--region",
            self.target.region,
        ]
        command += [] if self._has_bucket() else ["--resolve-s3"]
        command += ["--capabilities", *CAPABILITIES, "--no-confirm-changeset", "--no-fail-on-empty-changeset"]
        command += ["--no-progressbar", "--parameter-overrides"]
        command += [f"ParameterKey={name},ParameterValue={_quoted(value)}" for name, value in parameters.items()]
        try:
            self._run("sam deploy", command)
        except Failure as failure:
            why = self._stack.why()
            raise Failure(f"{failure.message}{why}", advice="repair it, then call `vistka setup` again") from None

    @property
    def _stack(self) -> CloudFormationStack:
        return CloudFormationStack(self.target.client("cloudformation"), self.target.stack, sleep=SystemClock().sleep)

    def _has_bucket(self) -> bool:
        return bool(SamConfig(self.config).get("s3_bucket"))

    def _sam(self) -> str:
        own = self.project / ".tools" / "sam" / "bin" / "sam"
        found = str(own) if own.exists() else shutil.which("sam", path=self.environ.get("PATH"))
        if found is None:
            raise WrongUse("the SAM CLI is not here; run `make setup`")
        return found

    def _run(self, what: str, command: Sequence[str]) -> None:
        """Raises Failure with the last words of what failed."""
        log = self.project / ".aws-sam" / "setup.log"
        log.parent.mkdir(exist_ok=True)
        with log.open("w", encoding="utf-8") as out:
            done = subprocess.run(  # noqa: S603 -- no part of the command is anybody else's
                command,
                cwd=self.project,
                env=self._environ(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                check=False,
            )
        if done.returncode:
            said = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines()]
            last = next((line for line in reversed(said) if line.lower().startswith("error")), "")
            where = log.relative_to(self.project)
            raise Failure(f"{what} failed{f': {last[:300]}' if last else ''}; all of it stands in {where}")

    def _environ(self) -> dict[str, str]:
        """The SAM CLI speaks to the same AWS with the same rights as this command, and takes this Python."""
        out = {name: value for name, value in self.environ.items() if name not in SECRET_VARIABLES}
        out["SAM_CLI_TELEMETRY"] = "0"
        out["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{self.environ.get('PATH', os.defpath)}"
        out["AWS_DEFAULT_REGION"] = self.target.region
        credentials = self.target.session.get_credentials()
        if credentials is not None:
            frozen = credentials.get_frozen_credentials()
            out |= {"AWS_ACCESS_KEY_ID": frozen.access_key, "AWS_SECRET_ACCESS_KEY": frozen.secret_key}
            out.pop("AWS_PROFILE", None)
            out.pop("AWS_SESSION_TOKEN", None)
            if frozen.token:
                out["AWS_SESSION_TOKEN"] = frozen.token
        if self.target.world:
            out |= {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
        if self.target.endpoint_url:
            out["AWS_ENDPOINT_URL"] = self.target.endpoint_url
        if is_loopback(out.get("AWS_ENDPOINT_URL", "")):
            out |= {"SAM_CLI_POLL_DELAY": "0.2", "NO_PROXY": "*", "no_proxy": "*"}
        return out


def aws_ground(target: Target, project: Path, config: Path, environ: Mapping[str, str]) -> Ground:
    return AwsGround(target=target, project=project, config=config, environ=environ)


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
