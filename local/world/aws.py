"""AWS on this machine: MiniStack with its rights enforced, and the template deployed to it by the SAM CLI."""

import json
import os
import socket
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import boto3
import botocore.session
from botocore.config import Config

from local.world.failure import WorldError
from local.world.processes import Process, run, start
from local.world.wishes import ROOT
from vistka.settings import here

REGION: Final = "eu-central-1"
STACK: Final = "vistka"
#: MiniStack's administrator; the functions get credentials of their own roles.
ACCESS_KEY: Final = "test"
SECRET_KEY: Final = "test"  # noqa: S105
_BUCKET: Final = "vistka-artifacts"
#: Whoever points the functions at a real https address may need their own certificates for it.
_CERTIFICATES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")


def start_ministack(*, port: int, temporary: Path, log: Path) -> Process:
    """The functions run as its children and inherit its environment: nothing but this is in it."""
    environ = {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "AUTH": "true",
        "MINISTACK_REGION": REGION,
        "PERSIST_STATE": "0",
        "LAMBDA_EXECUTOR": "local",
        "TMPDIR": str(temporary),
        "HOME": str(temporary),
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "TZ": ":UTC",
        "PYTHONNOUSERSITE": "1",
        **{name: os.environ[name] for name in _CERTIFICATES if name in os.environ},
    }
    python = ROOT / ".tools/ministack/bin/python"
    if not python.exists():
        raise WorldError("the tools are not set up: run `make setup`")
    # -P: the folder that this was called from is none to import from.
    return start("MiniStack", [python, "-P", "-m", "ministack"], environ=environ, log=log)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def answers(url: str) -> bool:
    """Whether an HTTP server is there; no proxy leads to this machine."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        opener.open(url, timeout=2).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def post_json(url: str, body: Mapping[str, Any]) -> None:
    """To a stand-in of ours. Raises WorldError when it does not take it."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    data, headers = json.dumps(body).encode(), {"Content-Type": "application/json"}
    request = urllib.request.Request(url, data=data, headers=headers, method="POST")  # noqa: S310
    try:
        opener.open(request, timeout=10).close()
    except OSError as error:
        raise WorldError(f"a stand-in did not answer: {type(error).__name__}") from None


def client(service: str, endpoint_url: str) -> Any:
    """A client of the local AWS that knows nothing of this person's profiles, roles and proxies."""
    nowhere: dict[str, tuple[Any, ...]] = {
        "profile": (None, None, None, None),
        "config_file": (None, None, os.devnull, None),
        "credentials_file": (None, None, os.devnull, None),
    }
    session = boto3.Session(
        botocore_session=botocore.session.Session(session_vars=nowhere),
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        region_name=REGION,
    )
    # A function may run as long as its timeout, and must not be started twice.
    config = Config(proxies={}, read_timeout=900, retries={"total_max_attempts": 1})
    return session.client(service, endpoint_url=endpoint_url, config=config)


def put_secrets(endpoint_url: str, values: Mapping[str, str]) -> None:
    ssm = client("ssm", endpoint_url)
    for name, value in values.items():
        if value:
            ssm.put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)


def deploy(build: Path, parameters: Mapping[str, str], *, endpoint_url: str, folder: Path, log: Path) -> None:
    """Raises WorldError."""
    client("s3", endpoint_url).create_bucket(Bucket=_BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    # The user's own samconfig.toml is for the user's own stack.
    config = folder / "samconfig.toml"
    config.write_text("version = 0.1\n", encoding="utf-8")
    environ = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "0.2",
        "__SAM_CLI_APP_DIR": str(folder),
    }
    command: list[str | Path] = [ROOT / ".tools/sam/bin/python", "-m", "samcli", "deploy"]
    command += ["--template-file", build / "template.yaml", "--config-file", config, "--stack-name", STACK]
    command += ["--s3-bucket", _BUCKET, "--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset"]
    command += ["--no-progressbar", "--no-fail-on-empty-changeset", "--parameter-overrides"]
    command += [f"ParameterKey={name},ParameterValue={_quoted(value)}" for name, value in parameters.items()]
    run("sam deploy", command, environ=environ, folder=ROOT, log=log)


def outputs(endpoint_url: str) -> dict[str, str]:
    """What the stack tells of itself."""
    (stack,) = client("cloudformation", endpoint_url).describe_stacks(StackName=STACK)["Stacks"]
    return {item["OutputKey"]: here(item["OutputValue"], endpoint_url) for item in stack["Outputs"]}


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
