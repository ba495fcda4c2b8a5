"""The workflow runs what `.ci/run` runs, with nothing in it that somebody else may change unseen."""

import re
from pathlib import Path
from typing import Any, Final

import yaml

JOB: Final[dict[str, Any]] = yaml.safe_load(Path(".github/workflows/ci.yml").read_text(encoding="utf-8"))["jobs"]["run"]


def test_it_runs_the_same_as_everybody_with_a_time_limit() -> None:
    assert "bash .ci/run" in [step.get("run") for step in JOB["steps"]]
    assert JOB["timeout-minutes"] <= 30


def test_actions_are_named_by_their_commit_and_servers_by_their_version() -> None:
    actions = [step["uses"] for step in JOB["steps"] if "uses" in step]
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action) for action in actions)
    assert all(re.fullmatch(r"\w+:[0-9.]+", service["image"]) for service in JOB["services"].values())
