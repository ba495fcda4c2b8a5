"""The whole command against an AWS that is a server on loopback."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar
from unittest.mock import patch

import pytest
from click.testing import CliRunner

from vistka.cli.main import cli
from vistka.cli.options import Outside

OUTPUTS = ("DispatcherFunction", "TrackerFunction", "NotifierFunction", "BotFunction", "WebFunction", "StoreTable")
DESCRIBED = (
    '<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult>'
    "<Stacks><member><StackName>shop</StackName><StackStatus>CREATE_COMPLETE</StackStatus>"
    "<CreationTime>2026-01-13T08:00:00Z</CreationTime><Outputs>{}</Outputs></member></Stacks>"
    "</DescribeStacksResult></DescribeStacksResponse>"
)


class Aws(BaseHTTPRequestHandler):
    """`refusal`: what CloudFormation answers instead, as (status, code, text); `lambdas`: the answers to invocations,
    in turn, as (status, headers, body)."""

    refusal: ClassVar[tuple[int, str, str] | None] = None
    outputs: ClassVar[tuple[str, ...]] = OUTPUTS
    lambdas: ClassVar[list[tuple[int, dict[str, str], Any]]] = []
    invoked: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "/functions/" in self.path:
            Aws.invoked.append(self.path)
            status, headers, body = Aws.lambdas.pop(0)
            self._answer(status, json.dumps(body), "application/json", headers)
        elif Aws.refusal is not None:
            status, code, text = Aws.refusal
            error = f"<ErrorResponse><Error><Code>{code}</Code><Message>{text}</Message></Error></ErrorResponse>"
            self._answer(status, error, "text/xml", {})
        else:
            members = "".join(
                f"<member><OutputKey>{name}</OutputKey><OutputValue>{name}-x</OutputValue></member>"
                for name in Aws.outputs
            )
            self._answer(200, DESCRIBED.format(members), "text/xml", {})

    def _answer(self, status: int, body: str, kind: str, headers: dict[str, str]) -> None:
        data = body.encode()
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the parent's name
        pass


@pytest.fixture
def aws() -> Iterator[str]:
    Aws.refusal, Aws.outputs, Aws.lambdas, Aws.invoked = None, OUTPUTS, [], []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Aws)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass(frozen=True, kw_only=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


def environment(endpoint: str, changes: dict[str, str]) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "made-up",
        "AWS_SECRET_ACCESS_KEY": "made-up",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": "1",
        **changes,
    }


def vistka(*args: str, endpoint: str, folder: Path, **environ: str) -> Done:
    """The command in this process, with an environment of its own."""
    with patch.dict(os.environ, environment(endpoint, environ), clear=True):
        result = CliRunner().invoke(cli, args, obj=Outside(folder=folder), prog_name="vistka")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Done(returncode=result.exit_code, stdout=result.stdout, stderr=result.stderr)


def process(*args: str, endpoint: str, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    core = Path(__file__).parents[3] / "layers" / "core"
    command = [sys.executable, "-c", "from vistka.cli.main import main; main()", *args]
    env = environment(endpoint, {"PYTHONPATH": str(core), **environ})
    return subprocess.run(command, env=env, cwd=folder, capture_output=True, timeout=60, check=False, encoding="utf-8")


def row(error: str | None = None) -> dict[str, Any]:
    return {"order_number": "T1", "ttn": "20450000000001", "was": None, "now": "Їде", "changed": True, "error": error}


def test_a_function_is_found_by_the_stacks_output_and_invoked(aws: str, tmp_path: Path) -> None:
    Aws.lambdas = [(200, {}, {"parcels": [row()], "error": None})]
    done = process("--stack", "shop", "update", "--order-number", "T1", "--json", endpoint=aws, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["parcels"][0]["now"] == "Їде"
    assert done.stderr.splitlines()[0] == f"deployment: stack shop in eu-central-1, {aws}"
    assert "TrackerFunction-x" in Aws.invoked[0]


def test_json_is_utf_8_whatever_the_locale(aws: str, tmp_path: Path) -> None:
    Aws.lambdas = [(200, {}, {"parcels": [row()], "error": None})]
    done = process(
        *("update", "--stack", "shop", "--order-number", "T1", "--json"),
        endpoint=aws,
        folder=tmp_path,
        PYTHONIOENCODING="ascii",
    )
    assert json.loads(done.stdout)["parcels"][0]["now"] == "Їде"


def test_people_with_few_letters_get_question_marks_instead_of_an_error(aws: str, tmp_path: Path) -> None:
    Aws.lambdas = [(200, {}, {"parcels": [row()], "error": None})]
    done = process(
        *("update", "--stack", "shop", "--order-number", "T1"),
        endpoint=aws,
        folder=tmp_path,
        PYTHONIOENCODING="latin-1",
    )
    assert done.returncode == 0
    assert "???" in done.stdout


def test_a_function_that_breaks_is_named_with_its_error_and_no_trace(aws: str, tmp_path: Path) -> None:
    broken = {"errorType": "Runtime.ImportModuleError", "errorMessage": "secret 380", "stackTrace": ["line"]}
    Aws.lambdas = [(200, {"X-Amz-Function-Error": "Unhandled"}, broken)]
    done = vistka("update", "--stack", "shop", "--order-number", "T1", endpoint=aws, folder=tmp_path)
    assert done.returncode == 1
    assert "the tracker failed with Runtime.ImportModuleError" in done.stderr
    assert "-n TrackerFunction" in done.stderr
    assert "secret" not in done.stderr
    assert "Traceback" not in done.stderr


def test_an_invocation_that_failed_is_not_sent_twice(aws: str, tmp_path: Path) -> None:
    Aws.lambdas = [(500, {"x-amzn-ErrorType": "ServiceException"}, {"Message": "oh"})] * 5
    done = vistka("update", "--stack", "shop", "--order-number", "T1", endpoint=aws, folder=tmp_path)
    assert (done.returncode, len(Aws.invoked)) == (1, 1)
    assert "calling the tracker: AWS answers ServiceException" in done.stderr


@pytest.mark.parametrize(
    ("refusal", "code", "line"),
    [
        ((400, "ValidationError", "Stack with id shop does not exist"), 2, "stack shop is not there in eu-central-1"),
        ((403, "ExpiredToken", "expired"), 2, "the AWS session has expired; sign in again"),
        ((403, "InvalidClientTokenId", "no"), 2, "AWS does not accept these credentials"),
        ((403, "AccessDenied", "User: arn:aws:iam::1:user/x"), 2, "lack the permission for DescribeStacks"),
        ((400, "Throttling", "Rate exceeded"), 1, "AWS asks to slow down"),
        ((503, "ServiceUnavailable", "down"), 1, "AWS answers ServiceUnavailable"),
    ],
)
def test_what_aws_refuses_is_one_clear_line(
    aws: str, tmp_path: Path, refusal: tuple[int, str, str], code: int, line: str
) -> None:
    Aws.refusal = refusal
    done = vistka("check", "--stack", "shop", endpoint=aws, folder=tmp_path)
    assert done.returncode == code
    assert len(done.stderr.splitlines()) == 2
    assert line in done.stderr
    assert done.stdout == ""


def test_a_stack_that_is_not_ours_is_a_clear_line(aws: str, tmp_path: Path) -> None:
    Aws.outputs = ("Website",)
    done = vistka("check", "--stack", "shop", endpoint=aws, folder=tmp_path)
    assert done.returncode == 2
    assert "has no output DispatcherFunction" in done.stderr


def test_aws_out_of_reach_is_a_failure(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and not listening: refused
        endpoint = f"http://127.0.0.1:{taken.getsockname()[1]}"
        done = vistka("status", "T1", "--stack", "shop", endpoint=endpoint, folder=tmp_path)
    assert done.returncode == 1
    assert re.search(r"AWS cannot be reached \(\w+\); is the region right", done.stderr)
    assert "Traceback" not in done.stderr


def test_no_credentials_is_configuration(tmp_path: Path) -> None:
    done = vistka(
        *("check", "--stack", "shop"),
        endpoint="http://127.0.0.1:9",
        folder=tmp_path,
        AWS_ACCESS_KEY_ID="",
        AWS_SECRET_ACCESS_KEY="",
    )
    assert done.returncode == 2
    assert "no AWS credentials" in done.stderr


def test_an_address_that_is_none_is_configuration(tmp_path: Path) -> None:
    done = vistka("check", "--stack", "shop", endpoint="nonsense", folder=tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_store_out_of_reach_is_a_failure(aws: str, tmp_path: Path) -> None:
    done = vistka(
        *("status", "T1", "--stack", "shop"),
        endpoint=aws,
        folder=tmp_path,
        AWS_ENDPOINT_URL_DYNAMODB="http://127.0.0.1:9",
    )
    assert done.returncode == 1, done.stderr
    assert "the store did not" in done.stderr


@pytest.mark.parametrize("args", [["--version"], ["--help"], ["update", "--help"]])
def test_help_and_version_need_no_deployment(tmp_path: Path, args: list[str]) -> None:
    done = vistka(*args, endpoint="", folder=tmp_path)
    assert done.returncode == 0
    assert "vistka" in done.stdout


@pytest.mark.parametrize("args", [["--no-such"], ["no-such"], ["status"], ["check", "x"]])
def test_wrong_use_exits_2(tmp_path: Path, args: list[str]) -> None:
    done = vistka(*args, endpoint="", folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")


def test_no_deployment_exits_2(tmp_path: Path) -> None:
    done = vistka("update", "--json", endpoint="", folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "no deployment: name a stack" in done.stderr
