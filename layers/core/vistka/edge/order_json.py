"""An order as other programs read it (docs/openapi.yaml): version 1, in which fields may be added and none changed."""

from datetime import datetime, timedelta
from typing import Any, Final

from vistka.domain.kyiv import kyiv_date
from vistka.domain.parcels import Facts
from vistka.domain.places import place_of
from vistka.domain.stages import OVER_STAGES, WAITING_STAGES, Stage
from vistka.domain.stories import OrderStory, ParcelStory
from vistka.domain.sums import sum_to_pay
from vistka.texts.details import tidy
from vistka.texts.pages import labels, words
from vistka.texts.parcels import is_private

VERSION: Final = 1


def order_to_dict(story: OrderStory, *, language: str, now: datetime, whole: bool = True) -> dict[str, Any]:
    """`number` is null before the store knows the order. Moments are UTC; days are those of Kyiv. Without `whole` no
    history is told."""
    return {
        "version": VERSION,
        "number": story.number or None,
        "parcels": [_parcel(parcel, story.number, language, now, whole=whole) for parcel in story.parcels],
    }


def _parcel(story: ParcelStory, order_number: str, language: str, now: datetime, *, whole: bool) -> dict[str, Any]:
    state = story.view.state
    facts = state.facts if state is not None else None
    said = words(story, order_number, language=language, now=now)
    return {
        "ttn": story.view.ttn,
        "replaced": list(story.replaced),
        "stage": str(state.stage) if state is not None and state.stage is not None else None,
        "headline": said.headline,
        "hint": said.lead,
        "text": tidy(facts.text) if facts is not None else "",
        "ended": state is not None and not state.live,
        "checked_at": moment(story.view.checked_at),
        "changed_at": moment(state.changed_at) if state is not None else None,
        **_facts(facts or Facts(code="", text=""), state.stage if state is not None else None),
        "course": str(story.journey.course),
        "steps": [
            {"step": str(mark.step), "progress": str(mark.progress), "at": moment(mark.at)}
            for mark in story.journey.marks
        ],
        **({"history": _history(story, language)} if whole else {}),
        "carrier_url": f"https://novaposhta.ua/tracking/?cargo_number={story.view.ttn}",
    }


def _history(story: ParcelStory, language: str) -> list[dict[str, Any]]:
    said = labels((change.stage for change in story.history), language=language)
    return [
        {
            "at": moment(change.at),
            "stage": str(change.stage) if change.stage is not None else None,
            "label": label,
            "text": tidy(change.facts.text),
        }
        for change, label in zip(story.history, said, strict=True)
    ]


def _facts(facts: Facts, stage: Stage | None) -> dict[str, Any]:
    waiting, is_open = stage in WAITING_STAGES, stage not in OVER_STAGES
    place = place_of(tidy(facts.place), tidy(facts.place_number))
    private = is_private(place, courier=facts.courier, waiting=waiting)
    return {
        "city": tidy(facts.city),
        "place": None if private else {"kind": place.word, "number": place.number, "address": place.address},
        "courier": facts.courier,
        "expected_on": _day(facts.expected_at) if is_open else None,
        "arrived_at": moment(facts.arrived_at),
        "received_at": moment(facts.received_at),
        # The day before storage is paid for, or before the parcel goes back.
        "last_day": _day(facts.paid_storage_at or facts.return_at, before=1) if waiting else None,
        "to_pay": str(amount) if is_open and (amount := sum_to_pay(facts)) else None,
    }


def moment(when: datetime | None) -> str | None:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ") if when is not None else None


def _day(moment: datetime | None, *, before: int = 0) -> str | None:
    return (kyiv_date(moment) - timedelta(days=before)).isoformat() if moment is not None else None
