"""Every word of the pages as people read it, byte for byte (F25): one file a language, with a section for each case."""

from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from tests.fakes.clock import START
from vistka.domain.journeys import Step, journey
from vistka.domain.parcels import Facts, ParcelState
from vistka.domain.polling import QUARANTINE_AFTER
from vistka.domain.stages import Stage
from vistka.domain.stories import ParcelStory
from vistka.domain.views import ParcelView
from vistka.texts.pages import LANGUAGES, labels, words
from vistka.texts.rooms import room, spoken

FILES: Final = Path(__file__).parent / "words"
DAY: Final = timedelta(days=1)
BRANCH: Final[dict[str, Any]] = {"city": "Київ", "place": "Відділення №12: вул. Вигадана, 72", "place_number": "12"}
LOCKER: Final[dict[str, Any]] = {"city": "Львів", "place": "Поштомат №4711: вул. Вигадана, 7а"}

CASES: Final[dict[str, tuple[Stage | None, dict[str, Any], dict[str, Any]]]] = {
    "never asked": (None, {}, {}),
    **{f"stage {stage}": (stage, {}, {}) for stage in Stage},
    "expected": (Stage.IN_TRANSIT, {"expected_at": START + 2 * DAY}, {}),
    "expected of late": (Stage.IN_TRANSIT, {"expected_at": START - 2 * DAY}, {}),
    "postponed to a day": (Stage.POSTPONED, {"expected_at": START + 2 * DAY}, {}),
    "branch": (Stage.AT_BRANCH, {**BRANCH, "paid_storage_at": START + 5 * DAY}, {}),
    "branch, the last day": (Stage.AT_BRANCH, {**BRANCH, "paid_storage_at": START + DAY}, {}),
    "branch, paid storage": (Stage.AT_BRANCH, {**BRANCH, "paid_storage_at": START}, {}),
    "locker": (Stage.AT_LOCKER, {**LOCKER, "paid_storage_at": START + 2 * DAY}, {}),
    "locker, to pay": (Stage.AT_LOCKER, {**LOCKER, "to_pay": "96.50"}, {}),
    "locker, the last day": (Stage.AT_LOCKER, {**LOCKER, "paid_storage_at": START + DAY}, {}),
    "locker, its time over": (Stage.AT_LOCKER, {**LOCKER, "paid_storage_at": START}, {}),
    "received at an hour": (Stage.DELIVERED, {"received_at": START - 2 * DAY}, {"ended": "final"}),
    "refused, return ordered": (Stage.REFUSED, {"code": "102"}, {}),
    "refused, with a child": (Stage.REFUSED, {"child_ttn": "20450000000099", "child_type": "CargoReturn"}, {}),
    "quarantined": (Stage.NOT_FOUND, {}, {"not_found": QUARANTINE_AFTER}),
    "aged out": (Stage.CREATED, {}, {"ended": "aged_out"}),
}
ABOUT: Final = ("no_parcel", "missing", "expired", "busy", "broken")
MINUTES: Final = (0, 1, 12, 59, 60, 119, 300, 2879, 2880, 7200, 21 * 1440, 30 * 1440)


def story(stage: Stage | None, facts: dict[str, Any], more: dict[str, Any]) -> ParcelStory:
    state = None
    if stage is not None:
        state = ParcelState(
            ttn="20450000000011",
            revision=1,
            version=1,
            observed_at=START,
            first_seen_at=START,
            stage=stage,
            facts=Facts(**{"code": "0", "text": "", "stage": stage, **facts}),
            **more,
        )
    view = ParcelView(ttn="20450000000011", state=state, checked_at=START)
    return ParcelStory(view=view, journey=journey(state, ()), history=())


def all_of(language: str) -> str:
    """As the file has it."""
    out = []
    for name, case in CASES.items():
        said = words(story(*case), "TWC01", language=language, now=START)
        out += [f"=== {name} ({said.tone})", said.headline, said.lead]

    def say(macro: str, *arguments: Any) -> str:
        return spoken(room(language), "web.j2", macro, *arguments)

    names = vars(room(language).get_template("web.j2").module)
    out += ["=== history", *labels([None, *Stage], language=language)]
    out += ["=== steps", *(say("step", str(step)) for step in Step)]
    out += ["=== fresh", *(say("fresh", minutes) for minutes in MINUTES)]
    out += ["=== replaced", *(say("replaced", {"role": role}) for role in ("return", "redirect"))]
    for name in ABOUT:
        out += [f"=== {name}", say("about", name), say("explained", name)]
    out += ["=== names"]
    out += [f"{name}: {value}" for name, value in sorted(names.items()) if isinstance(value, str) and name[0] != "_"]
    return "\n".join([*out, ""])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_are_exactly_as_written_f25(language: str) -> None:
    expected = (FILES / f"{language}.txt").read_bytes().decode()
    for said, wanted in zip(all_of(language).split("\n=== "), expected.split("\n=== "), strict=True):
        assert said == wanted


def test_every_language_has_the_same_words() -> None:
    names = {
        language: {name for name in vars(room(language).get_template("web.j2").module) if name[0] != "_"}
        for language in LANGUAGES
    }
    assert names["uk"] == names["en"] == names["ru"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_five_steps_stand_side_by_side_on_a_phone(language: str) -> None:
    for step in Step:
        assert max(map(len, spoken(room(language), "web.j2", "step", str(step)).split())) <= 8, step
