"""What is dropped from a built layer, and what must stay in it."""

import marshal
import re
from pathlib import Path

import pytest

from local import layer
from vistka.texts import language

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def build(tmp_path: Path) -> Path:
    python = tmp_path / "build/CoreLayer/python"
    for name in (
        "vistka/settings.py",
        "babel/global.dat",
        "babel/locale-data/root.dat",
        "babel/locale-data/uk.dat",
        "babel/locale-data/uk_UA.dat",
        "babel/locale-data/sw.dat",
        "botocore/data/endpoints.json",
        "botocore/data/dynamodb/2012-08-10/service-2.json",
        "botocore/data/ec2/2016-11-15/service-2.json",
        "boto3/data/ec2/2016-11-15/resources-1.json",
        "sqlalchemy/testing/suite.py",
        "sqlalchemy/dialects/mssql/base.py",
        "sqlalchemy/dialects/mysql/base.py",
        "vistka/cli/main.py",
        "aws_lambda_powertools/event_handler/router.py",
        "aws_lambda_powertools/utilities/serialization.py",
        "aws_lambda_powertools/utilities/jmespath_utils/envelopes.py",
        "aws_lambda_powertools/utilities/parser/parser.py",
    ):
        (python / name).parent.mkdir(parents=True, exist_ok=True)
        (python / name).write_text("", encoding="utf-8")
    return tmp_path / "build"


def shipped(build: Path) -> set[str]:
    python = build / "CoreLayer/python"
    return {str(file.relative_to(python)) for file in python.rglob("*") if file.is_file()}


def test_only_what_functions_read_is_shipped(build: Path) -> None:
    layer.finish(build)
    assert {name for name in shipped(build) if not name.endswith(".pyc")} == {
        "vistka/settings.py",
        "sqlalchemy/dialects/mysql/base.py",
        "aws_lambda_powertools/utilities/serialization.py",
        "aws_lambda_powertools/utilities/jmespath_utils/envelopes.py",
        "babel/global.dat",
        "babel/locale-data/root.dat",
        "babel/locale-data/uk.dat",
        "botocore/data/endpoints.json",
        "botocore/data/dynamodb/2012-08-10/service-2.json",
    }


def test_bytecode_is_used_unchecked_and_names_no_folder_of_this_machine(build: Path) -> None:
    layer.finish(build)
    assert "vistka/__pycache__/settings.cpython-313.pyc" in shipped(build)
    code = (build / "CoreLayer/python/vistka/__pycache__/settings.cpython-313.pyc").read_bytes()
    assert int.from_bytes(code[4:8], "little") == 0b01
    assert marshal.loads(code[16:]).co_filename == "CoreLayer/python/vistka/settings.py"


def test_a_second_time_changes_nothing(build: Path) -> None:
    layer.finish(build)
    before = shipped(build)
    layer.finish(build)
    assert shipped(build) == before


@pytest.mark.parametrize("broken", [True, False])
def test_a_build_that_cannot_be_finished_is_a_clear_line(
    build: Path, *, broken: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    if broken:
        (build / "CoreLayer/python/vistka/settings.py").write_text("def", encoding="utf-8")
    folder = build if broken else build / "CoreLayer"
    assert layer.main([str(folder)]) == 1
    assert "vistka: " in capsys.readouterr().err


def test_every_service_that_a_function_calls_is_described_in_the_layer() -> None:
    called = {"dynamodb"}  # through pynamodb
    for folder in ("layers/core/vistka/edge", "layers/core/vistka/adapters", "functions"):
        for file in (ROOT / folder).rglob("*.py"):
            called |= set(re.findall(r"\bclient\(\s*\"([a-z0-9-]+)\"", file.read_text(encoding="utf-8")))
    assert called <= layer.SERVICES
    assert {"sqs", "ssm"} <= called


def test_every_language_that_people_are_written_to_in_is_in_the_layer() -> None:
    assert set(language._FORM) | {"root"} == layer.LOCALES
