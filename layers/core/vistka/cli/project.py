"""The project's folder on this machine, and the settings in it that the SAM CLI goes by."""

from collections.abc import Mapping
from pathlib import Path

from vistka.cli.samconfig import NAME, SamConfig


def find_project(start: Path) -> Path | None:
    """The folder of the template: this one, or the nearest above it."""
    for folder in (start, *start.parents):
        if (folder / "template.yaml").is_file() and (folder / "functions").is_dir():
            return folder
    return None


def keep_in_step(start: Path, stack: str, values: Mapping[str, str]) -> list[str]:
    """Let samconfig.toml say the same where it sets one of these parameters for this stack: else the next `sam deploy`
    would bring the old values back. The names that were changed. Raises WrongUse."""
    project = find_project(start)
    if project is None or not (project / NAME).is_file():
        return []
    config = SamConfig(project / NAME)
    if config.get("stack_name") not in {"", stack}:
        return []
    set_there = config.parameters
    stale = {name: value for name, value in values.items() if set_there.get(name, value) != value}
    if stale:
        config.set_parameters(stale)
        config.save()
    return sorted(stale)
