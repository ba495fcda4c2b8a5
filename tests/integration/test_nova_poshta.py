"""The carrier client against a real server on loopback that misbehaves."""

import itertools
import random
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests

from tests import sockets
from tests.fakes.clock import START, FakeClock
from tests.sockets import Behaviour, Request, Server, answer, answer_json, answer_with
from tests.unit.carrier.payloads import OTHER, THIRD, TTN, envelope, item, raw, refusal, stub
from vistka.adapters.bounded_http import DirectSession
from vistka.adapters.nova_poshta import PROBE_TTN, NovaPoshta
from vistka.adapters.nova_poshta_keys import Keyring
from vistka.adapters.nova_poshta_requests import Limits
from vistka.carrier.keys import keys_of
from vistka.domain.errors import (
    CarrierLimited,
    CarrierUnavailable,
    ConfigurationError,
    CredentialRefused,
    SlotTaken,
    VistkaError,
)
from vistka.domain.stages import Stage
from vistka.ports import Answers, Carrier, Document

PATH = "/v2.0/json/"
KEY = "0123456789abcdef0123456789abcdef"
PHONE = "380671112233"


class EverySecond:
    """A pace that this process alone uses."""

    def __init__(self, clock: FakeClock, interval: timedelta = timedelta(seconds=1)) -> None:
        self._clock = clock
        self._interval = interval
        self._next = clock.now()
        self.taken = 0

    def take(self, *, longest: timedelta) -> timedelta:
        slot = max(self._next, self._clock.now())
        wait = slot - self._clock.now()
        if wait > longest:
            raise SlotTaken("no slot soon enough", wait=wait)
        self._next = slot + self._interval
        self.taken += 1
        return wait


class World:
    """A carrier, its client, and a clock on which only sleeping takes time."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.clock = FakeClock()
        self.pace = EverySecond(self.clock)
        self.clients: list[NovaPoshta] = []

    def client(self, *, key: Callable[[], str] = lambda: KEY, real_time: bool = False, **limits: Any) -> NovaPoshta:
        return self.client_at(self.server.url + PATH, key=key, real_time=real_time, **limits)

    def client_at(
        self,
        url: str,
        *,
        key: Callable[[], str] = lambda: KEY,
        real_time: bool = False,
        allow_keyless: bool = True,
        session: Callable[[], requests.Session] = DirectSession,
        **limits: Any,
    ) -> NovaPoshta:
        given: dict[str, Any] = {"read_seconds": 5, "shortest_try": timedelta(seconds=0.1)} | limits
        client = NovaPoshta(
            url=url,
            keys=lambda: keys_of(key()),
            pace=lambda _key: self.pace,
            clock=self.clock,
            chance=random.Random(7),
            allow_keyless=allow_keyless,
            limits=Limits(**given),
            session=session,
            monotonic=time.monotonic if real_time else self.seconds,
        )
        self.clients.append(client)
        return client

    def seconds(self) -> float:
        return (self.clock.now() - START).total_seconds()

    def does(self, *behaviours: Behaviour) -> None:
        self.server.on(PATH, list(behaviours))

    @property
    def asked(self) -> list[list[str]]:
        """The numbers of each request."""
        return [[document["DocumentNumber"] for document in documents(request)] for request in self.server.requests]

    @property
    def keys(self) -> list[str]:
        return [request.json()["apiKey"] for request in self.server.requests]


def documents(request: Request) -> list[dict[str, str]]:
    found: list[dict[str, str]] = request.json()["methodProperties"]["Documents"]
    return found


@pytest.fixture
def world() -> Iterator[World]:
    with Server() as server:
        world = World(server)
        yield world
        for client in world.clients:
            client.close()


def ask(client: NovaPoshta, *ttns: str, phone: str = "") -> Answers:
    return client.ask([Document(ttn=ttn, phone=phone) for ttn in ttns])


def good(*ttns: str) -> Behaviour:
    return answer_json(envelope(*(item(ttn) for ttn in ttns)))


def echo(request: Request) -> dict[str, Any]:
    return envelope(*(item(document["DocumentNumber"]) for document in documents(request)))


def numbers(count: int) -> list[str]:
    return [f"{20450000000000 + n}" for n in range(1, count + 1)]


# --- the good case ------------------------------------------------------------------------------------------------


def test_a_hundred_parcels_are_one_request(world: World) -> None:
    """F1"""
    world.does(answer_with(echo))
    client: Carrier = world.client()
    answers = client.ask([Document(ttn=ttn) for ttn in numbers(100)])
    assert set(answers.facts) == set(numbers(100))
    assert (answers.requests, answers.stubs, answers.refused, answers.keyless) == (1, frozenset(), {}, False)
    request = world.server.requests[0]
    assert (request.method, request.path, request.headers["content-type"]) == ("POST", PATH, "application/json")
    assert request.json()["modelName"] == "TrackingDocument"
    assert request.json()["calledMethod"] == "getStatusDocuments"


def test_a_hundred_and_one_are_refused_before_anything_is_sent(world: World) -> None:
    with pytest.raises(ValueError, match="101 documents"):
        ask(world.client(), *numbers(101))
    assert world.server.requests == []


def test_nothing_asked_sends_nothing(world: World) -> None:
    assert ask(world.client()).requests == 0
    assert world.server.requests == []


def test_a_phone_goes_out_in_the_carriers_form_or_not_at_all(world: World) -> None:
    world.does(answer_with(echo))
    world.client().ask([Document(ttn=TTN, phone="067 111 22 33"), Document(ttn=OTHER, phone="немає")])
    assert documents(world.server.requests[0]) == [
        {"DocumentNumber": TTN, "Phone": PHONE},
        {"DocumentNumber": OTHER},
    ]


def test_one_connection_serves_many_requests(world: World) -> None:
    world.does(answer_with(echo))
    client = world.client()
    for _ in range(3):
        ask(client, TTN)
    assert world.server.connections == 1


def test_cookies_of_the_carrier_are_not_kept(world: World) -> None:
    world.does(answer_json(envelope(item()), headers={"Set-Cookie": "session=1; Path=/"}))
    client = world.client()
    ask(client, TTN)
    ask(client, TTN)
    assert "cookie" not in world.server.requests[1].headers


def test_the_environments_proxy_is_not_asked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    world.does(good(TTN))
    assert set(ask(world.client(), TTN).facts) == {TTN}


def test_a_gzipped_answer_is_read(world: World) -> None:
    world.does(sockets.gzipped(raw(envelope(item()))))
    assert set(ask(world.client(), TTN).facts) == {TTN}


def test_the_moment_of_sending_is_known_for_each_number(world: World) -> None:
    world.does(sockets.html(503), good(TTN))
    answers = ask(world.client(), TTN, OTHER)
    assert answers.stubs == {OTHER}
    assert set(answers.sent_at) == {TTN, OTHER}
    # Two requests were made; the second one's moment counts, and that lies behind the pause and the pace.
    assert answers.sent_at[TTN] == answers.sent_at[OTHER] == world.clock.now() > START


def test_every_request_takes_a_slot_of_the_pace(world: World) -> None:
    world.does(sockets.html(503), sockets.html(503), good(TTN))
    answers = ask(world.client(), TTN)
    assert answers.requests == world.pace.taken == 3
    assert world.clock.now() - START >= timedelta(seconds=2)


def test_without_a_slot_nothing_is_sent(world: World) -> None:
    world.does(good(TTN))
    client = world.client(longest_slot_wait=timedelta(milliseconds=500))
    ask(client, TTN)
    with pytest.raises(SlotTaken):
        ask(client, TTN)
    assert len(world.server.requests) == 1


def test_a_missing_slot_for_another_try_hides_no_outage(world: World) -> None:
    """F3"""
    world.does(sockets.html(503))
    world.pace = EverySecond(world.clock, interval=timedelta(minutes=10))
    with pytest.raises(CarrierUnavailable, match="HTTP 503"):
        ask(world.client(), TTN)


# --- a server that misbehaves -------------------------------------------------------------------------------------

BODY = raw(envelope(item()))
STALL = sockets.stall()
PASSING: dict[str, Behaviour] = {
    "hangs up": sockets.hang_up,
    "resets": sockets.reset,
    "stalls": STALL,
    "half a body": sockets.half(BODY),
    "half a JSON": answer(BODY[: len(BODY) // 2]),
    "longer than it says": sockets.wrong_length(BODY, promised=20),
    "shorter than it says": sockets.wrong_length(BODY, promised=len(BODY) + 5),
    "rubbish for gzip": sockets.gzip_rubbish,
    "HTML with 200": answer(b"<html>maintenance</html>", headers={"Content-Type": "text/html"}),
    "HTML with 502": sockets.html(502),
    "500": sockets.html(500),
    "408": sockets.html(408),
    "not HTTP": sockets.not_http,
    "empty body": answer(b""),
    "204": answer(b"", status=204),
    "no envelope": answer_json({"message": "hello"}),
    "success without data": answer_json(envelope()),
    "success with null": answer_json(envelope(data=None)),
    "none of ours": answer_json(envelope(item(THIRD))),
    "service unavailable": answer_json(refusal("Service temporarily unavailable", "20000100016")),
    "refused without reason": answer_json(refusal()),
}


def patience(fault: Behaviour) -> float:
    """Seconds to read: few only where nothing is to come."""
    return 0.3 if fault is STALL else 5


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_what_may_pass_is_asked_again(world: World, fault: Behaviour) -> None:
    """F23, F38"""
    world.does(fault, answer_json(envelope(item())))
    answers = ask(world.client(read_seconds=patience(fault)), TTN)
    assert answers.facts[TTN].stage is Stage.IN_TRANSIT
    assert answers.requests == 2


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_what_does_not_pass_is_an_outage_after_three_tries(world: World, fault: Behaviour) -> None:
    """F3, F23"""
    world.does(fault)
    client = world.client(read_seconds=patience(fault))
    with pytest.raises(CarrierUnavailable) as caught:
        ask(client, TTN)
    assert not isinstance(caught.value, CarrierLimited)
    assert len(world.server.requests) == 3
    told = "".join(traceback.format_exception(caught.value))
    assert caught.value.__cause__ is caught.value.__context__ is None
    assert KEY not in told
    assert "127.0.0.1" not in told
    # The client itself has taken no harm.
    world.does(good(TTN))
    assert set(ask(client, TTN).facts) == {TTN}


def test_the_pauses_grow_and_have_chance_in_them(world: World) -> None:
    world.does(sockets.html(503))
    world.pace = EverySecond(world.clock, interval=timedelta())
    with pytest.raises(CarrierUnavailable):
        ask(world.client(first_pause=timedelta(seconds=1)), TTN)
    first, second = (pause.total_seconds() for pause in world.clock.slept)
    assert 1 <= first <= 2
    assert 2 <= second <= 4
    assert first != 1
    assert second != 2 * first


def test_nobody_listening_is_an_outage(world: World) -> None:
    with Server() as gone:
        url = gone.url
    with pytest.raises(CarrierUnavailable, match="no connection"):
        ask(world.client_at(url + PATH), TTN)


def test_a_connection_closed_behind_an_answer_costs_nothing(world: World) -> None:
    world.does(sockets.close_after(good(TTN)))
    client = world.client()
    for number in (1, 2, 3):
        assert ask(client, TTN).requests == 1
        world.server.wait_closed(number)
    assert world.server.connections == 3


def test_bytes_behind_an_answer_do_not_begin_the_next(world: World) -> None:
    body = raw(envelope(item(TTN, "7")))
    world.does(sockets.wrong_length(body + b'{"success":true,"data":[]}', promised=len(body)), good(OTHER))
    client = world.client()
    assert ask(client, TTN).facts[TTN].stage is Stage.AT_BRANCH
    assert set(ask(client, OTHER).facts) == {OTHER}


@pytest.mark.parametrize("told", [True, False])
def test_no_more_is_read_than_the_limit(world: World, *, told: bool) -> None:
    world.does(sockets.large(10 * 1024 * 1024, told=told))
    started = time.monotonic()
    with pytest.raises(CarrierUnavailable, match="larger than"):
        ask(world.client(longest_body=1024 * 1024), TTN)
    assert len(world.server.requests) == 1
    assert time.monotonic() - started < 5


def test_ten_megabytes_are_more_than_is_read_by_default(world: World) -> None:
    world.does(sockets.large(10 * 1024 * 1024))
    with pytest.raises(CarrierUnavailable, match="larger than"):
        ask(world.client(), TTN)
    assert len(world.server.requests) == 1


def test_a_small_gzip_of_a_large_answer_is_not_unpacked(world: World) -> None:
    world.does(sockets.gzipped(b" " * 50_000_000))
    with pytest.raises(CarrierUnavailable, match="larger than"):
        ask(world.client(), TTN)


def test_no_request_is_begun_that_cannot_end(world: World) -> None:
    world.does(good(TTN))
    with pytest.raises(CarrierUnavailable, match="0 requests"):
        ask(world.client(budget=timedelta(seconds=3), shortest_try=timedelta(seconds=4)), TTN)
    assert world.server.requests == []


@pytest.mark.parametrize("from_head", [False, True], ids=["body", "headers"])
def test_a_server_that_drips_is_left_when_the_time_is_up(world: World, *, from_head: bool) -> None:
    world.does(sockets.trickle(BODY, pause=0.02, from_head=from_head))
    started = time.monotonic()
    with pytest.raises(CarrierUnavailable, match="no whole answer within"):
        ask(world.client(real_time=True, budget=timedelta(seconds=0.5), read_seconds=0.4), TTN)
    assert 0.4 < time.monotonic() - started < 5
    assert len(world.server.requests) == 1


def test_a_stall_ends_with_the_time_of_the_call(world: World) -> None:
    world.does(sockets.stall())
    started = time.monotonic()
    with pytest.raises(CarrierUnavailable):
        ask(world.client(real_time=True, budget=timedelta(seconds=0.4), read_seconds=10), TTN)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed(world: World, status: int) -> None:
    """R9: the key is in the body, and would go along."""
    with Server() as other:
        other.on("*", good(TTN))
        world.does(sockets.redirect(other.url + PATH, status=status, body=b"moved"))
        with pytest.raises(CarrierUnavailable, match="redirect to another host refused"):
            ask(world.client(), TTN)
        assert other.requests == []
    assert len(world.server.requests) == 1


def test_not_even_to_an_address_that_is_none(world: World) -> None:
    world.does(sockets.redirect("http://[", body=b"x" * 100))
    with pytest.raises(CarrierUnavailable, match="redirect"):
        ask(world.client(), TTN)


def test_a_session_of_ones_own_follows_no_redirect_either(world: World) -> None:
    with Server() as other:
        world.does(sockets.redirect(other.url + PATH))
        client = world.client_at(world.server.url + PATH, session=requests.Session)
        with pytest.raises(CarrierUnavailable, match="redirect"):
            ask(client, TTN)
        assert other.requests == []


@pytest.mark.parametrize("status", [400, 403, 404, 413])
def test_another_status_is_an_outage_at_once(world: World, status: int) -> None:
    world.does(sockets.html(status))
    with pytest.raises(CarrierUnavailable, match=f"HTTP {status}"):
        ask(world.client(), TTN)
    assert len(world.server.requests) == 1


@pytest.mark.parametrize("url", ["", "ftp://127.0.0.1/", "127.0.0.1:80", "https://", "/v2.0/json/"])
def test_an_address_that_is_none_is_told_at_the_start(world: World, url: str) -> None:
    with pytest.raises(ConfigurationError, match="address of Nova Poshta"):
        world.client_at(url)


@pytest.mark.parametrize("url", ["http://a b/", "http://127.0.0.1:99999/", "http://\udc80/", "http://*/"])
def test_an_address_that_cannot_be_used_is_an_outage(world: World, url: str) -> None:
    with pytest.raises(CarrierUnavailable):
        ask(world.client_at(url), TTN)


# --- limits -------------------------------------------------------------------------------------------------------

LIMITED = answer_json(refusal("To many requests, try again after 2 seconds", "20000401501"))


def test_a_limit_is_waited_for_as_long_as_it_says(world: World) -> None:
    """F38"""
    world.does(LIMITED, good(TTN))
    answers = ask(world.client(), TTN)
    assert set(answers.facts) == {TTN}
    assert timedelta(seconds=2) < world.clock.slept[0] <= timedelta(seconds=3)


@pytest.mark.parametrize(
    ("limit", "seconds"),
    [
        (LIMITED, 2),
        (answer_json(refusal("To many requests")), 5),
        (answer(b"", status=429), 5),
        (answer(b"", status=429, headers={"Retry-After": "7"}), 7),
        (answer_json(refusal("To many requests, try again after 3 seconds"), status=429), 3),
    ],
    ids=["named", "unnamed", "429", "429 with Retry-After", "429 with a text"],
)
def test_a_limit_that_lasts_says_how_long(world: World, limit: Behaviour, seconds: int) -> None:
    world.does(limit)
    with pytest.raises(CarrierLimited) as caught:
        ask(world.client(), TTN)
    assert caught.value.retry_after == timedelta(seconds=seconds)
    assert not caught.value.daily
    assert len(world.server.requests) == 3


def test_a_wait_that_does_not_fit_is_handed_back_at_once(world: World) -> None:
    world.does(answer(b"", status=429, headers={"Retry-After": "300"}))
    with pytest.raises(CarrierLimited) as caught:
        ask(world.client(), TTN)
    assert caught.value.retry_after == timedelta(minutes=5)
    assert len(world.server.requests) == 1
    assert world.clock.slept == []


def test_a_spent_day_is_not_asked_again(world: World) -> None:
    world.does(answer_json(refusal("Limit of attempts is reached", "20000101696")))
    with pytest.raises(CarrierLimited) as caught:
        ask(world.client(), TTN)
    assert caught.value.daily
    assert caught.value.retry_after == timedelta(hours=1)
    assert len(world.server.requests) == 1


# --- the key ------------------------------------------------------------------------------------------------------

REFUSED_KEYS = {
    "code": answer_json(refusal("API key expired", "20000201204")),
    "text": answer_json(refusal(f"API key {KEY} is invalid")),
    "401": sockets.html(401),
}


@pytest.mark.parametrize("no", REFUSED_KEYS.values(), ids=REFUSED_KEYS)
def test_a_refused_key_is_left_out_for_the_rest_of_the_call(world: World, no: Behaviour) -> None:
    world.does(no, good(TTN))
    client = world.client()
    answers = ask(client, TTN)
    assert set(answers.facts) == {TTN}
    assert answers.keyless
    assert world.keys == [KEY, ""]
    assert not ask(client, TTN).keyless
    assert world.keys == [KEY, "", KEY]


@pytest.mark.parametrize("no", REFUSED_KEYS.values(), ids=REFUSED_KEYS)
def test_a_refused_key_is_told_when_keyless_is_not_allowed(world: World, no: Behaviour) -> None:
    """F3, R9"""
    world.does(no)
    with pytest.raises(CredentialRefused) as caught:
        ask(world.client_at(world.server.url + PATH, allow_keyless=False), TTN)
    assert KEY not in str(caught.value)
    assert len(world.server.requests) == 1


def test_a_carrier_that_wants_a_key_is_not_asked_for_ever(world: World) -> None:
    world.does(REFUSED_KEYS["code"])
    with pytest.raises(CredentialRefused):
        ask(world.client(), TTN)
    assert world.keys == [KEY, ""]
    with pytest.raises(CredentialRefused):
        ask(world.client(key=lambda: " "), TTN)
    assert world.keys == [KEY, "", ""]


def test_the_key_may_change_between_calls(world: World) -> None:
    world.does(answer_with(echo))
    keys = itertools.count(1)
    client = world.client(key=lambda: f"key-{next(keys)}")
    ask(client, TTN)
    ask(client, TTN)
    assert world.keys == ["key-1", "key-2"]


def test_nothing_secret_is_shown_by_the_client(world: World) -> None:
    """R9"""
    client = world.client()
    assert KEY not in repr(client) + repr(client._requests(Keyring([KEY], lambda _key: world.pace)))


# --- a wrong number -----------------------------------------------------------------------------------------------


def strict(*bad: str, named: bool = True, code: str = "20001401442") -> Callable[[Request], dict[str, Any]]:
    """Refuses a whole request for one bad number in it."""

    def make(request: Request) -> dict[str, Any]:
        wrong = [document["DocumentNumber"] for document in documents(request) if document["DocumentNumber"] in bad]
        if not wrong:
            return echo(request)
        warnings = [f"Invalid DocumentNumber: {wrong[0]}"] if named else []
        return refusal("Document number is not correct", code, warnings=warnings)

    return make


@pytest.mark.parametrize("code", ["20001401442", ""])
def test_a_bad_number_is_dropped_alone_and_named(world: World, code: str) -> None:
    """F40"""
    world.does(answer_with(strict(OTHER, code=code)))
    answers = ask(world.client(), TTN, OTHER, THIRD)
    assert set(answers.facts) == {TTN, THIRD}
    assert set(answers.refused) == {OTHER}
    assert "Document number is not correct" in answers.refused[OTHER]
    assert set(answers.sent_at) == {TTN, THIRD}
    assert world.asked == [[TTN, OTHER, THIRD], [TTN, THIRD]]


def test_a_bad_number_named_in_an_object_is_read_too(world: World) -> None:
    no = refusal("Document number is not correct", warnings=[{f"ID_{OTHER}": "Invalid DocumentNumber"}])
    world.does(answer_json(no), answer_with(echo))
    assert set(ask(world.client(), TTN, OTHER).refused) == {OTHER}


def test_several_bad_numbers_are_dropped_one_after_another(world: World) -> None:
    world.does(answer_with(strict(TTN, THIRD)))
    answers = ask(world.client(), TTN, OTHER, THIRD)
    assert set(answers.refused) == {TTN, THIRD}
    assert set(answers.facts) == {OTHER}


def test_only_bad_numbers_leave_nothing_to_ask(world: World) -> None:
    world.does(answer_with(strict(TTN)))
    answers = ask(world.client(), TTN)
    assert set(answers.refused) == {TTN}
    assert (answers.facts, answers.stubs, answers.sent_at, answers.requests) == ({}, frozenset(), {}, 1)


@pytest.mark.parametrize("warnings", [[], ["Invalid DocumentNumber: 445"]], ids=["none named", "none of ours named"])
def test_around_a_bad_number_without_a_name_the_batch_is_halved(world: World, warnings: list[str]) -> None:
    """F40"""
    ttns = numbers(100)

    def make(request: Request) -> dict[str, Any]:
        return strict(ttns[41], named=False)(request) | ({"warnings": warnings} if len(documents(request)) > 1 else {})

    world.does(answer_with(make))
    answers = ask(world.client(), *ttns)
    assert set(answers.refused) == {ttns[41]}
    assert set(answers.facts) == set(ttns) - {ttns[41]}
    assert answers.requests == world.pace.taken <= 15


def test_a_batch_of_bad_numbers_does_not_go_on_for_ever(world: World) -> None:
    world.does(answer_json(refusal("Document number is not correct")))
    with pytest.raises(CarrierUnavailable, match="no usable answer"):
        ask(world.client(budget=timedelta(hours=1)), *numbers(100))
    assert len(world.server.requests) == 40


def test_what_was_learnt_before_the_time_was_up_is_kept(world: World) -> None:
    """F27, F40: the rest stands in another place in the next call."""
    ttns = numbers(64)
    world.does(answer_with(strict(*ttns[::5], named=False)))
    client = world.client(budget=timedelta(seconds=20))
    rests = []
    for _ in range(2):
        answers = ask(client, *ttns)
        assert answers.facts
        assert answers.facts.keys() | answers.refused.keys() | answers.stubs == set(ttns)
        assert len(answers.facts) + len(answers.refused) + len(answers.stubs) == 64
        assert set(answers.sent_at) == set(ttns) - set(answers.refused)
        assert set(answers.refused) <= set(ttns[::5])
        rests.append(answers.stubs)
        world.clock.advance(timedelta(minutes=1))
    assert rests[0] != rests[1]


def test_an_outage_while_splitting_is_an_outage(world: World) -> None:
    """F3"""
    world.does(answer_json(refusal("Document number is not correct")), answer_with(echo), sockets.html(503))
    with pytest.raises(CarrierUnavailable, match="HTTP 503"):
        ask(world.client(), TTN, OTHER)


def test_a_batch_that_is_too_large_for_it_is_halved(world: World) -> None:
    def make(request: Request) -> dict[str, Any]:
        return refusal("", "20001401153") if len(documents(request)) > 50 else echo(request)

    world.does(answer_with(make))
    answers = ask(world.client(), *numbers(100))
    assert (len(answers.facts), answers.requests) == (100, 3)
    world.does(answer_json(refusal("", "20001401153")))
    with pytest.raises(CarrierUnavailable):
        ask(world.client(), TTN)


# --- a wrong phone ------------------------------------------------------------------------------------------------


def test_a_wrong_phone_that_is_named_is_left_out_alone(world: World) -> None:
    no = refusal("Phone is incorrect", "20001401160", warnings=[{f"ID_{TTN}": "Phone is incorrect"}])
    world.does(answer_json(no), answer_with(echo))
    answers = ask(world.client(), TTN, OTHER, phone=PHONE)
    assert set(answers.facts) == {TTN, OTHER}
    assert documents(world.server.requests[1]) == [
        {"DocumentNumber": TTN},
        {"DocumentNumber": OTHER, "Phone": PHONE},
    ]
    assert answers.phoneless == {TTN}


def test_a_wrong_phone_without_a_name_leaves_out_all_and_fails_nobody(world: World) -> None:
    def make(request: Request) -> dict[str, Any]:
        phones = any("Phone" in document for document in documents(request))
        return refusal("Phone is incorrect", "20001401160") if phones else echo(request)

    world.does(answer_with(make))
    answers = ask(world.client(), TTN, OTHER, phone=PHONE)
    assert set(answers.facts) == {TTN, OTHER}
    assert (answers.refused, answers.requests) == ({}, 2)
    assert answers.phoneless == set()  # whose it is nobody said


def test_a_phone_is_complained_of_twice_at_most(world: World) -> None:
    def make(request: Request) -> dict[str, Any]:
        sent = [document["DocumentNumber"] for document in documents(request) if "Phone" in document]
        return refusal("Phone is incorrect", warnings=[f"ID_{sent[0]}: phone"]) if sent else echo(request)

    world.does(answer_with(make))
    answers = world.client().ask([Document(ttn=ttn, phone=PHONE) for ttn in numbers(20)])
    assert (len(answers.facts), answers.requests, len(answers.phoneless)) == (20, 3, 2)


def test_a_date_that_cannot_be_read_is_named_with_its_parcel(world: World) -> None:
    world.does(answer_json(envelope(item(TTN, RecipientDateTime="99.99.2026"), item(OTHER))))
    answers = ask(world.client(), TTN, OTHER)
    assert set(answers.facts) == {TTN, OTHER}
    assert {ttn: [(one.name, one.value) for one in fields] for ttn, fields in answers.unread.items()} == {
        TTN: [("RecipientDateTime", "99.99.2026")]
    }


# --- answers that are none ----------------------------------------------------------------------------------------


def test_nothing_found_is_kept_polling(world: World) -> None:
    world.does(answer_json(refusal("Documents not found", "20001402805")))
    answers = ask(world.client(), TTN, OTHER)
    assert answers.stubs == {TTN, OTHER}
    assert set(answers.sent_at) == {TTN, OTHER}


def test_stubs_and_missing_numbers_are_told_from_facts(world: World) -> None:
    """F15"""
    world.does(answer_json(envelope(item(TTN), stub(OTHER))))
    answers = ask(world.client(), TTN, OTHER, THIRD)
    assert set(answers.facts) == {TTN}
    assert answers.stubs == {OTHER, THIRD}


def test_an_error_nobody_knows_is_an_outage_with_its_code(world: World) -> None:
    """F3, F20"""
    world.does(answer_json(refusal("Щось із 0671112233", "20000900759")))
    with pytest.raises(CarrierUnavailable) as caught:
        ask(world.client(), TTN)
    assert str(caught.value) == "Nova Poshta: Щось із … (20000900759)"
    assert len(world.server.requests) == 1


def test_only_declared_errors_leave_the_client(world: World) -> None:
    for fault in [*PASSING.values(), LIMITED, *REFUSED_KEYS.values(), sockets.redirect("//x"), sockets.html(404)]:
        world.does(fault)
        with pytest.raises(VistkaError) as caught:
            ask(world.client_at(world.server.url + PATH, allow_keyless=False, read_seconds=0.3, attempts=1), TTN)
        assert isinstance(caught.value, CarrierUnavailable | CredentialRefused)
        assert type(caught.value).__module__ == "vistka.domain.errors"


# --- check --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("behaviour", "key", "ok", "text"),
    [
        (answer_with(echo), KEY, True, "takes the API key"),
        (answer_json(envelope(stub(PROBE_TTN))), KEY, True, "takes the API key"),
        (answer_json(refusal("Documents not found", "20001402805")), KEY, True, "takes the API key"),
        (answer_json(refusal("Document number is not correct")), KEY, True, "takes the API key"),
        (answer_with(echo), "", True, "no API key is set"),
        (REFUSED_KEYS["code"], KEY, False, "API key expired"),
        (sockets.html(401), KEY, False, "refuses the API key"),
        (sockets.html(502), KEY, False, "HTTP 502"),
        (LIMITED, KEY, False, "To many requests"),
    ],
)
def test_check_says_whether_the_key_is_taken(
    world: World, behaviour: Behaviour, key: str, *, ok: bool, text: str
) -> None:
    world.does(behaviour)
    finding = world.client(key=lambda: key).check()
    assert (finding.name, finding.ok) == ("carrier", ok)
    assert text in finding.text
    assert bool(finding.hint) is (not ok or not key)
    assert world.asked[0] == [PROBE_TTN]
    assert world.keys == [key] * len(world.keys)


def test_check_tells_what_is_in_its_way(world: World) -> None:
    world.does(good(TTN))
    client = world.client(longest_slot_wait=timedelta(milliseconds=100))
    ask(client, TTN)
    assert not client.check().ok

    def missing() -> str:
        raise ConfigurationError("the parameter of the key is missing")

    finding = world.client(key=missing).check()
    assert (finding.ok, finding.text) == (False, "the parameter of the key is missing")


# --- several keys ---------------------------------------------------------------------------------------------------

TWO = "a" * 32 + ", " + "b" * 32


def many(world: World, keys: str = TWO) -> tuple[NovaPoshta, dict[str, EverySecond]]:
    """A client whose keys have a pace each."""
    paces: dict[str, EverySecond] = {}
    client = world.client(key=lambda: keys)
    client._pace = lambda key: paces.setdefault(key, EverySecond(world.clock))
    return client, paces


def test_calls_spread_over_the_keys_and_none_waits_while_another_is_free(world: World) -> None:
    client, paces = many(world)
    world.does(answer_json(envelope(item())))
    for _ in range(4):
        client.ask([Document(ttn=TTN)])
    assert sorted(world.keys) == ["a" * 32] * 2 + ["b" * 32] * 2
    # The third call waits for the first key's next second, the fourth finds the other one free by then.
    assert world.clock.slept == [timedelta(seconds=1)]
    assert {key: pace.taken for key, pace in paces.items()} == {"a" * 32: 2, "b" * 32: 2}


def test_the_first_number_of_a_batch_says_whose_turn_it_is(world: World) -> None:
    client, _ = many(world)
    world.does(answer_with(echo))
    for ttn in (f"2045{n:010}" for n in range(60)):
        world.clock.advance(timedelta(seconds=2))
        client.ask([Document(ttn=ttn)])
    assert 20 <= world.keys.count("a" * 32) <= 40


def test_a_refused_key_is_laid_aside_for_the_others(world: World) -> None:
    client, _ = many(world)
    world.does(answer_json(refusal("API key is invalid", "20000200068")), answer_json(envelope(item())))
    answers = client.ask([Document(ttn=TTN)])
    assert (answers.keys_refused, answers.keyless, set(answers.facts)) == (1, False, {TTN})
    assert sorted(world.keys) == ["a" * 32, "b" * 32]


def test_when_all_keys_are_refused_it_asks_without_one(world: World) -> None:
    client, _ = many(world)
    refused = answer_json(refusal("API key is invalid", "20000200068"))
    world.does(refused, refused, answer_json(envelope(item())))
    answers = client.ask([Document(ttn=TTN)])
    assert (answers.keys_refused, answers.keyless) == (2, True)
    assert world.keys[-1] == ""


def test_a_check_asks_with_every_key_and_names_the_bad_one_by_its_place(world: World) -> None:
    client, _ = many(world)
    world.does(answer_json(envelope(stub(PROBE_TTN))))
    assert client.check().text == "Nova Poshta answers and takes all 2 API keys"
    world.does(answer_json(envelope(stub(PROBE_TTN))), answer_json(refusal("API key is invalid", "20000200068")))
    world.clock.advance(timedelta(seconds=5))
    found = client.check()
    assert (found.ok, found.text.startswith("key 2 of 2: ")) == (False, True)
    assert "b" * 32 not in found.text
