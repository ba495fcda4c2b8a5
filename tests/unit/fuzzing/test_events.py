"""Any JSON as an event: a known failure, or an answer; never a stranger's error."""

import json
from datetime import timedelta
from functools import partial
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from functions.dispatcher import app as dispatcher
from functions.notifier import app as notifier
from functions.tracker import app as tracker
from tests.unit.fuzzing.strategies import JSON, spoiled
from vistka.domain.errors import VistkaError
from vistka.domain.orders import MOST_CHARACTERS
from vistka.edge.direct import is_batch, is_scheduled, read_request

KEYS = ("order_number", "dry_run", "plan", "poll", "check", "source", "detail-type")
EVENTS = (
    JSON
    | st.dictionaries(st.sampled_from(KEYS), JSON, max_size=4)
    | spoiled({"order_number": "TWC1", "dry_run": True, "plan": {"after": None}, "check": False})
)


@given(EVENTS)
@settings(max_examples=300)
def test_any_event_is_a_request_or_refused_with_its_field(event: Any) -> None:
    try:
        request = read_request(event)
    except VistkaError:
        return
    assert isinstance(event, dict)
    assert request.order_number is None or 0 < len(request.order_number) <= MOST_CHARACTERS
    assert request.after is None or isinstance(request.after, str)
    assert (request.dry_run, request.check) in {(True, True), (True, False), (False, True), (False, False)}
    asks = request.order_number or request.plan or request.poll is not None or request.check
    assert asks or is_scheduled(event)  # what asks for nothing, and is no timer's, starts no run


@given(EVENTS.filter(lambda event: not is_batch(event)))
@settings(max_examples=200)
def test_a_function_that_is_not_configured_answers_any_event_with_a_known_failure(event: Any) -> None:
    """Nothing of the environment is set here: whatever the event asks for ends in a VistkaError, or in findings."""
    for app in (dispatcher, tracker, notifier):
        for kept in vars(app).values():
            if hasattr(kept, "cache_clear") and getattr(kept, "__module__", "") == app.__name__:
                kept.cache_clear()
    for work in (
        partial(dispatcher.work, left=timedelta(minutes=4)),
        tracker.work,
        lambda given: notifier.work(given, None),
    ):
        try:
            answer = work(event)
        except VistkaError:
            continue
        assert set(answer) == {"findings"}
        json.dumps(answer)
