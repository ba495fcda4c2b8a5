"""Whatever stands behind the carrier's address answers: facts of the numbers that were asked, or a declared error."""

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.fakes.clock import FakeClock
from tests.sockets import Server, answer
from tests.unit.carrier.payloads import OTHER, TTN, envelope, item
from tests.unit.fuzzing.strategies import JSON, NOW, spoiled
from vistka.adapters.nova_poshta import NovaPoshta
from vistka.adapters.nova_poshta_requests import Limits
from vistka.domain.decisions import decide
from vistka.domain.errors import CarrierUnavailable, CredentialRefused
from vistka.domain.parcels import Facts, ParcelState
from vistka.domain.policy import Policy
from vistka.domain.stages import Stage, stage_of
from vistka.ports import Document

PATH = "/v2.0/json/"
RARE = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
WAITING = Facts(code="7", text="Прибув у відділення", stage=Stage.AT_BRANCH, moved_at=NOW - timedelta(days=1))
KNOWN = ParcelState(
    ttn=TTN,
    revision=3,
    version=2,
    observed_at=NOW - timedelta(hours=2),
    first_seen_at=NOW - timedelta(days=2),
    changed_at=NOW - timedelta(days=1),
    facts=WAITING,
    stage=Stage.AT_BRANCH,
)
POLICY = Policy(
    now=NOW,
    live_since=NOW - timedelta(days=30),
    is_live=lambda _: True,
    has_shop_chat=True,
    notice_due=timedelta(minutes=5),
    default_language="uk",
    fit=lambda text: text,
)


class NoPace:
    def take(self, *, longest: timedelta) -> timedelta:
        return timedelta()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as started:
        yield started


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[NovaPoshta]:
    clock = FakeClock(NOW)
    made = NovaPoshta(
        url=server.url + PATH,
        keys=lambda: ["0123456789abcdef0123456789abcdef"],
        pace=lambda _key: NoPace(),
        clock=clock,
        chance=random.Random(1),
        limits=Limits(attempts=2, most_requests=4, read_seconds=5),
        monotonic=lambda: 0.0,
    )
    yield made
    made.close()


def hear(server: Server, client: NovaPoshta, body: bytes, status: int) -> None:
    """Ask, and hold what came of it against the rules."""
    server.on(PATH, answer(body, status=status))
    try:
        answers = client.ask([Document(ttn=TTN, phone="380671112233"), Document(ttn=OTHER)])
    except (CarrierUnavailable, CredentialRefused) as error:
        assert "380671112233" not in str(error)  # noqa: PT017 - what else may come is any of these
        return
    said = [answers.facts.keys(), answers.stubs, answers.refused.keys()]
    assert sorted(ttn for part in said for ttn in part) == sorted([TTN, OTHER])
    for ttn in (TTN, OTHER):
        facts = answers.facts.get(ttn)
        decision = decide(
            ttn=ttn, known=replace(KNOWN, ttn=ttn), answer=facts, sent_at=NOW, orders=(), others=(), policy=POLICY
        )
        state = decision.state
        if facts is None or state is None:
            assert not decision.changed
        elif state.stage is not Stage.AT_BRANCH:
            assert state.stage is stage_of(facts.code)
            assert facts.code.encode() in body
            assert facts.text or facts.moved_at
        if state is not None:
            json.dumps(state.to_dict(), ensure_ascii=False).encode()


@given(JSON | spoiled(envelope(item(TTN, "9"), item(OTHER, "7"))), st.sampled_from([200, 200, 200, 401, 429, 500, 418]))
@RARE
@example(envelope(item(TTN, "9", ""), item(OTHER, 9.0)), 200)
@example([[[]]], 200)
def test_any_json_changes_no_stage_but_by_a_known_code_r6(
    server: Server, client: NovaPoshta, payload: Any, status: int
) -> None:
    """F15, F23, F37, F42"""
    hear(server, client, json.dumps(payload).encode(), status)


@given(st.binary(max_size=300), st.sampled_from([200, 204, 400, 502]))
@RARE
@example(b"\xff\xfe{\x00}\x00", 200)
@example(b"[" * 100_000, 200)
@example(b'{"success":true,"data":[{"Number":' + b"9" * 5000 + b"}]}", 200)
def test_any_bytes_change_nothing_r6(server: Server, client: NovaPoshta, body: bytes, status: int) -> None:
    """F15"""
    hear(server, client, body, status)
