"""What the command line may write into the audit trail."""

from typing import Any

import pytest

from tests.unit.usecases.world import World
from vistka.domain.errors import BadMessage
from vistka.domain.notices import SHOP_KEY
from vistka.edge.auditing import audit_asked


def test_what_was_done_to_the_deployment_is_written_down() -> None:
    world = World()
    assert audit_asked(world.auditor, {"act": "redriven", "detail": {"messages": 3}}) == {"audit": "written"}
    (entry,) = world.memory.audits
    assert (entry.order_key, entry.actor, entry.act, entry.detail, entry.at) == (
        SHOP_KEY,
        "operator",
        "redriven",
        {"messages": 3},
        world.clock.now(),
    )


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        {},
        {"act": "linked"},
        {"act": "erased"},
        {"act": ["went_live"]},
        {"act": "went_live", "order_key": "1"},
        {"act": "went_live", "detail": []},
        {"act": "went_live", "detail": {"a": None}},
        {"act": "went_live", "detail": {"a": True}},
        {"act": "went_live", "detail": {"a": "x" * 201}},
    ],
)
def test_nothing_else_is_written_there(wrong: Any) -> None:
    world = World()
    with pytest.raises(BadMessage, match="audit"):
        audit_asked(world.auditor, wrong)
    assert world.memory.audits == []
