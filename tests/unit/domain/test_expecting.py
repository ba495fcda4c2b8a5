"""A day that was expected, when it comes to telling that it slipped."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from tests.contracts.store_samples import notice, state
from vistka.domain.deadlines import ReminderRules
from vistka.domain.expecting import has_passed, with_named
from vistka.domain.notices import Kind
from vistka.domain.parcels import Facts
from vistka.domain.reminders import overtaken
from vistka.domain.stages import Stage

SLIPPED = replace(notice(), kind=Kind.EXPECTED_MOVED, occurrence="2026-11-26")
WAITED_FOR = replace(
    state(),
    stage=Stage.IN_TRANSIT,
    facts=Facts(code="5", text="Прямує", expected_at=datetime(2026, 11, 26, 12, tzinfo=UTC)),
)


def test_the_day_still_holds_while_the_carrier_names_it() -> None:
    assert not has_passed(SLIPPED, WAITED_FOR)


@pytest.mark.parametrize(
    "now",
    [
        None,
        replace(WAITED_FOR, facts=None),
        replace(WAITED_FOR, stage=Stage.AT_BRANCH),
        replace(WAITED_FOR, facts=Facts(code="5", text="Прямує")),
        replace(WAITED_FOR, facts=Facts(code="5", text="", expected_at=datetime(2026, 11, 27, 12, tzinfo=UTC))),
    ],
    ids=["no parcel", "no answer", "it is there", "no day", "another day"],
)
def test_what_is_expected_no_more_has_passed(now: object) -> None:
    assert has_passed(SLIPPED, now)  # type: ignore[arg-type]


def test_a_slip_that_has_passed_is_not_told_and_the_ledger_says_why() -> None:
    assert overtaken(SLIPPED, WAITED_FOR, ReminderRules(), SLIPPED.created_at) == ""
    why = overtaken(SLIPPED, None, ReminderRules(), SLIPPED.created_at)
    assert why == "another day is expected, or none any more"


def test_a_day_that_a_message_named_takes_the_place_of_the_one_named_before() -> None:
    named = with_named("2026-11-24,2026-11-25", date(2026, 11, 26))
    assert named == "2026-11-24,2026-11-25|2026-11-26"
    assert with_named(named, date(2026, 11, 27)) == "2026-11-24,2026-11-25|2026-11-27"
