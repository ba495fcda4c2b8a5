"""The command `vistka` as a person calls it beside a world that is up."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from local.world.wishes import ROOT
from local.world.world import World

_PATIENCE: Final = 300


@dataclass(frozen=True, kw_only=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def vistka(world: World, *arguments: str) -> Said:
    """Called in the folder that holds the world's `.local`, where the command finds it by itself."""
    here = world.folder.parent
    assert world.folder.name == ".local"
    environ = {"PATH": os.defpath, "HOME": str(here), "LANG": "C.UTF-8", "COLUMNS": "200"}
    command = [str(Path(sys.executable).with_name("vistka")), *arguments]
    done = subprocess.run(command, cwd=here, env=environ, capture_output=True, timeout=_PATIENCE, check=False)
    return Said(code=done.returncode, out=done.stdout.decode(), err=done.stderr.decode())


def vistka_of_stack(stack: str, environ: Mapping[str, str], *arguments: str) -> Said:
    """Called in the project's folder, for a stack that is named."""
    command = [str(Path(sys.executable).with_name("vistka")), *arguments, "--stack", stack]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, timeout=_PATIENCE, check=False)
    return Said(code=done.returncode, out=done.stdout.decode(), err=done.stderr.decode())
