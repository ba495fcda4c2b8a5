"""The guide's own command in a Django shop, which asks the deployed stack."""

import subprocess
import sys
from pathlib import Path

from local.world.world import World
from tests.e2e.course import Course
from tests.shop_servers import EXAMPLE, django_environ


def manage(world: World, folder: Path, *arguments: str) -> tuple[int, str, str]:
    facts = world.facts
    environ = django_environ(f"sqlite:///{folder}/shop.sqlite3") | {
        "AWS_ENDPOINT_URL": facts.endpoint_url,
        "AWS_ACCESS_KEY_ID": facts.access_key,
        "AWS_SECRET_ACCESS_KEY": facts.secret_key,
        "AWS_DEFAULT_REGION": facts.region,
        "HOME": str(folder),
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "update_tracking_statuses", *arguments],
        cwd=EXAMPLE, env=environ, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def test_one_order_is_asked_about_without_anything_written(course_on_sqlite: Course, tmp_path: Path) -> None:
    told = course_on_sqlite.expected[2].messages[0]
    code, out, err = manage(course_on_sqlite.world, tmp_path, "--order-number", told.order_number, "--dry-run")
    assert (code, err) == (0, "")
    *rows, summary = out.splitlines()
    assert all(told.order_number in row for row in rows)
    assert any(told.ttn in row for row in rows)
    assert summary.endswith("; dry run, nothing written or sent")


def test_an_order_that_the_shop_does_not_have_is_named(course_on_sqlite: Course, tmp_path: Path) -> None:
    code, out, err = manage(course_on_sqlite.world, tmp_path, "--order-number", "TWC01011999N01")
    assert (code, out) == (1, "")
    assert err == "CommandError: the shop has no order TWC01011999N01\n"


def test_all_orders_are_asked_about_and_what_failed_is_no_success(course_on_sqlite: Course, tmp_path: Path) -> None:
    """F3."""
    code, out, err = manage(course_on_sqlite.world, tmp_path, "--dry-run")
    assert code == 1
    bad = {order.number for order in course_on_sqlite.scenario.orders if order.open and order.bad}
    failed = [line for line in out.splitlines() if line.startswith("failed")]
    assert all(any(number in line for line in failed) for number in bad)
    assert err == f"CommandError: {len(failed)} failed; `vistka check` tells more\n"
