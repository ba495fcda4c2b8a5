"""Makes what `sam build` left ready to ship: what no function reads goes, bytecode comes.

`python -m local.layer FOLDER`, after each `sam build` into that folder; a second time does nothing more.
"""

import argparse
import compileall
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Final

#: Of 33 MB of locales: those of the languages that people are written to in, and what each is based on.
LOCALES: Final = frozenset({"root", "uk", "ru", "en"})
#: Of 28 MB of descriptions of AWS services: those that functions have clients of.
SERVICES: Final = frozenset({"dynamodb", "events", "sqs", "ssm", "sts"})
#: A layer is unpacked file by file, so many small modules cost a cold start more than a few large ones.
_UNUSED: Final = (
    "boto3/data",
    "boto3/examples",
    "sqlalchemy/testing",
    "sqlalchemy/dialects/mssql",
    "sqlalchemy/dialects/oracle",
    "vistka/cli",
    "aws_lambda_powertools/event_handler",
)
#: Of the utilities of Powertools: what its logger and its metrics import.
_UTILITIES: Final = frozenset({"jmespath_utils", "typing"})


def finish(build: Path) -> None:
    """Raises ValueError for a folder that holds no built layer, or one with a module that does not compile."""
    layers = [folder for folder in build.glob("*/python") if (folder / "vistka").is_dir()]
    if not layers:
        raise ValueError(f"{build} holds no built layer")
    for layer in layers:
        for found in unneeded(layer):
            shutil.rmtree(found) if found.is_dir() else found.unlink()
    # The runtime cannot write bytecode; unchecked, as unpacking changes the times of files. No path of this machine.
    compiled = compileall.compile_dir(
        build, quiet=1, workers=0, stripdir=build, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH
    )
    if not compiled:
        raise ValueError(f"not every module in {build} compiles")


def unneeded(layer: Path) -> Iterator[Path]:
    """What of the layer no function reads."""
    for locale in layer.glob("babel/locale-data/*.dat"):
        if locale.stem not in LOCALES:
            yield locale
    for service in layer.glob("botocore/data/*/"):
        if service.name not in SERVICES:
            yield service
    for utility in layer.glob("aws_lambda_powertools/utilities/[a-z]*/"):
        if utility.name not in _UTILITIES:
            yield utility
    yield from (layer / name for name in _UNUSED if (layer / name).exists())


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m local.layer", description=__doc__)
    parser.add_argument("folder", type=Path)
    try:
        finish(parser.parse_args(arguments).folder.resolve())
    except ValueError as error:
        print(f"vistka: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
