"""`vistka audit`."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.contracts.store_samples import link, notice
from tests.fakes.clock import START
from tests.unit.cli.scene import Scene
from vistka.domain.audit import Act, Actor, Audit
from vistka.domain.notices import SHOP_KEY, Audience, Kind, NoticeState

HOUR = timedelta(hours=1)


@pytest.fixture
def trail(scene: Scene) -> Scene:
    """Of an order: a chat was linked, the carrier asked, a rule moved it; of the deployment: it went live."""
    scene.memory.links["1", link().ttn] = link()
    scene.memory.numbers["TWC01"] = "1"
    scene.memory.audits += [
        Audit(order_key="1", at=START, actor=Actor.BUYER, act=Act.LINKED, detail={"chats": 1}),
        Audit(order_key="1", at=START + 2 * HOUR, actor=Actor.OPERATOR, act=Act.ASKED),
        Audit(order_key=SHOP_KEY, at=START, actor=Actor.OPERATOR, act=Act.WENT_LIVE, detail={"orders": "TWC01"}),
    ]
    effect = replace(
        notice(kind=Kind.RECEIVED, audience=Audience.ORDER),
        state=NoticeState.APPLIED,
        due_at=None,
        settled_at=START + HOUR,
    )
    waiting = replace(effect, state=NoticeState.WAITING, occurrence="2", settled_at=None, due_at=START)
    scene.memory.notices |= {("1", one.id): one for one in (effect, waiting, notice())}
    return scene


def test_an_order_shows_who_did_what_in_its_order_and_what_a_rule_did(trail: Scene) -> None:
    result = trail.run("audit", " TWC01 ")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "2026-01-13 10:00  buyer     linked  chats 1",
        "2026-01-13 11:00  tracker   moved   rule received, end applied",
        "2026-01-13 12:00  operator  asked",
    ]


def test_without_an_order_the_deployment_is_shown(trail: Scene) -> None:
    assert trail.run("audit").stdout == "2026-01-13 10:00  operator  went_live  orders TWC01\n"


def test_scripts_get_an_object(trail: Scene) -> None:
    code, data = trail.json("audit", "TWC01")
    assert (code, data["order_number"], len(data["entries"])) == (0, "TWC01", 3)
    assert data["entries"][0] == {
        "at": "2026-01-13T08:00:00Z",
        "actor": "buyer",
        "act": "linked",
        "detail": {"chats": 1},
    }
    assert trail.json("audit")[1].keys() == {"entries"}


def test_an_order_that_nobody_touched_says_so_and_an_unknown_one_is_wrong_use(trail: Scene) -> None:
    trail.memory.numbers["TWC02"] = "2"
    quiet = trail.run("audit", "TWC02")
    assert (quiet.exit_code, quiet.stdout) == (0, "")
    assert "nobody did anything out of the ordinary" in quiet.stderr
    unknown = trail.run("audit", "TWC09")
    assert (unknown.exit_code, "order TWC09: the store knows nothing of it" in unknown.stderr) == (2, True)
