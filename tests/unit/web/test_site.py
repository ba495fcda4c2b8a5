"""The pages' door: who may see what, what everybody else is told, and what never leaves."""

import base64
import hashlib
import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.contracts.store_samples import TTN, link
from tests.fakes.clock import START
from tests.unit.web.scene import BOT, BRANCH, COURIER, KEYS, LOCKER, Answer, Scene
from vistka.domain.errors import ConfigurationError, StoreUnavailable
from vistka.domain.parcels import Facts
from vistka.domain.stages import Stage
from vistka.domain.tokens import KeyRing, Purpose, mint, read
from vistka.texts.pages import Brand

ALIKE = ("/o/{}", "/api/o/{}", "/badge/{}.svg", "/embed/{}", "/o/{}/telegram")


@pytest.fixture
def scene() -> Scene:
    made = Scene()
    made.put("7", "1", "5", to_pay="96.50", **BRANCH)
    return made


class _Seen(HTMLParser):
    """What a browser would fetch, run or style by a page's markup."""

    def __init__(self, body: str) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.attributes: set[str] = set()
        self.inside: dict[str, str] = {}
        self._open = ""
        self.feed(body)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.attributes |= set(found)
        self._open = tag
        for name in ("src", "srcset", "action", "data", "poster"):
            if name in found:
                self.fetched.append(str(found[name]))
        if tag == "link":
            self.fetched.append(str(found.get("href")))

    def handle_data(self, data: str) -> None:
        if self._open in {"style", "script"}:
            self.inside[self._open] = self.inside.get(self._open, "") + data

    def handle_endtag(self, tag: str) -> None:
        self._open = ""


def sha256(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def everything(scene: Scene) -> dict[str, Answer]:
    token = scene.token()
    return {path: scene.get(path.format(token)) for path in (*ALIKE, "/robots.txt")}


# --- who may see ------------------------------------------------------------------------------------------------------


def test_whoever_has_the_link_sees_the_order(scene: Scene) -> None:
    page = scene.page()
    assert page.status == 200
    for shown in (
        "Замовлення TWC01",
        "Чекає у відділенні № 12",
        TTN,
        "вул. Вигадана, 72",
        "96,50",
        "Речення перевізника 5",
    ):
        assert shown in page.body


@pytest.mark.parametrize("path", ALIKE)
def test_what_is_no_token_for_the_page_looks_like_what_was_never_there(scene: Scene, path: str) -> None:
    genuine = scene.token()
    stolen = mint(
        Purpose.PAGE,
        "1",
        expires_at=START + timedelta(days=1),
        nonce=bytes(8),
        keys=KeyRing(keys={1: bytes(32)}, signing=1),
    )
    wrong = [
        "x",
        "vQ" + "A" * 50,
        genuine[:-1],
        genuine + "A",
        genuine[:-1] + ("A" if genuine[-1] != "A" else "B"),
        genuine.swapcase(),
        scene.token(purpose=Purpose.LINK),
        scene.token(key="2")[:20] + genuine[20:],
        stolen,
    ]
    before = scene.memory.requests
    answers = [scene.get(path.format(token)) for token in wrong]
    assert {answer.status for answer in answers} == {404}
    assert len({(answer.body, tuple(answer.headers.items())) for answer in answers}) == 1
    assert scene.memory.requests == before  # nothing is read for a stranger


def test_a_wrong_path_looks_like_a_wrong_token(scene: Scene) -> None:
    missing = scene.get("/o/x")
    token = scene.token()
    for path in (
        "",
        "/",
        "/o",
        "/o/",
        f"/o/{token}/",
        f"//o/{token}",
        f"/o/../o/{token}",
        f"/o/%2e%2e/{token}",
        f"/o/{token}%00",
        f"/o/{token}/../../api/o/{token}",
        f"/O/{token}",
        "/o/" + "A" * 5000,
        "/.env",
        "/o/ї",
        "/o/\ud800",
    ):
        answer = scene.get(path)
        assert (answer.status, answer.body) == (404, missing.body), path


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/o/", "/api/o/x/y", "/api/nothing", "/api/orders/"])
def test_a_program_that_is_lost_gets_a_problem_it_can_read(scene: Scene, path: str) -> None:
    answer = scene.get(path)
    assert answer.status == 404
    kind = "text/html; charset=utf-8" if path == "/api" else "application/problem+json"
    assert answer.headers["Content-Type"] == kind


def test_a_link_that_was_genuine_says_that_it_has_expired(scene: Scene) -> None:
    token = scene.token(expires_at=START + timedelta(minutes=1))
    assert scene.get(f"/o/{token}").status == 200
    scene.clock.advance(timedelta(minutes=1))
    page = scene.get(f"/o/{token}")
    assert page.status == 410
    assert "Посилання застаріло" in page.body
    assert TTN not in page.body
    api = scene.get(f"/api/o/{token}")
    assert (api.status, api.json["type"]) == (410, "urn:vistka:problem:expired")


def test_a_genuine_token_of_an_order_without_a_parcel_has_a_decent_page(scene: Scene) -> None:
    page = scene.get(f"/o/{scene.token(key='2')}")
    assert page.status == 200
    assert "Накладної ще немає" in page.body
    assert scene.get(f"/api/o/{scene.token(key='2')}").json == {"version": 1, "number": None, "parcels": []}
    assert scene.get(f"/badge/{scene.token(key='2')}.svg").status == 200


# --- what is told with it ---------------------------------------------------------------------------------------------


def test_every_answer_is_private_and_closed(scene: Scene) -> None:
    answers = everything(scene) | {"wrong": scene.get("/o/x"), "method": scene.send("POST", "/robots.txt")}
    for path, answer in answers.items():
        headers = answer.headers
        assert headers["Referrer-Policy"] == "no-referrer", path
        assert headers["X-Robots-Tag"] == "noindex, nofollow", path
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert re.fullmatch(r"private, (no-cache|max-age=\d+)|no-store", headers["Cache-Control"]), path
        assert answer.csp["default-src"] == "'none'", path
        assert answer.csp["frame-ancestors"] == "'none'", path
        assert "unsafe" not in headers["Content-Security-Policy"], path


@pytest.mark.parametrize("theme", ["", "auto", "light", "dark", "Dark", "x'y"])
@pytest.mark.parametrize("path", ["/o/{}", "/embed/{}"])
def test_a_page_runs_and_styles_only_what_its_policy_names(scene: Scene, path: str, theme: str) -> None:
    page = scene.get(path.format(scene.token()), query=f"theme={theme}")
    seen = _Seen(page.body)
    assert page.csp["style-src"] == sha256(seen.inside["style"])
    assert page.csp["script-src"] == sha256(seen.inside["script"])
    assert (page.csp["base-uri"], page.csp["form-action"], page.csp["img-src"]) == ("'none'", "'none'", "data:")
    assert not {name for name in seen.attributes if name == "style" or name.startswith("on")}


@pytest.mark.parametrize(
    ("theme", "schemes", "asks"), [("", "light dark", True), ("light", "light", False), ("dark", "dark", False)]
)
@pytest.mark.parametrize("path", ["/o/{}", "/embed/{}", "/o/x"])
def test_a_page_is_as_light_as_its_reader_or_the_shop_wishes(
    scene: Scene,
    path: str,
    theme: str,
    schemes: str,
    asks: bool,  # noqa: FBT001
) -> None:
    page = scene.get(path.format(scene.token()), query=f"theme={theme}").body
    assert f'<meta name="color-scheme" content="{schemes}">' in page
    assert ("prefers-color-scheme" in page) is asks


@pytest.mark.parametrize("path", ["/o/{}", "/embed/{}", "/o/x"])
def test_a_page_asks_nobody_else_for_anything(scene: Scene, path: str) -> None:
    seen = _Seen(scene.get(path.format(scene.token())).body)
    assert all(url.startswith("data:") for url in seen.fetched)
    assert "@import" not in seen.inside["style"]
    assert "url(" not in seen.inside["style"]


def test_a_visitor_whose_languages_we_do_not_know_reads_the_shops() -> None:
    scene = Scene(default_language="en")
    scene.put("5")
    assert scene.page(accept_language="de").headers["Content-Language"] == "en"
    assert scene.page(accept_language="uk").headers["Content-Language"] == "uk"
    assert scene.get("/nowhere", accept_language="de").headers["Content-Language"] == "en"


def test_a_page_is_light_in_any_language(scene: Scene) -> None:
    for number in range(19):  # with the one of the fixture: as many numbers as an order may have
        scene.put("7", *["5"] * 4, ttn=f"2045000001{number:04d}", paid_storage_at=START, **LOCKER)
    for language in ("uk", "en", "ru"):
        assert len(scene.page(query=f"lang={language}").body.encode()) < 100_000
    single = Scene()
    single.put("9", "1", "4", "5", "6", "7", "5", "6", "7", "112", **BRANCH)
    for language in ("uk", "en", "ru"):
        assert len(single.page(query=f"lang={language}").body.encode()) < 20_000


def test_only_who_is_named_may_hold_the_embedded_page_in_a_frame(scene: Scene) -> None:
    scene.ancestors = "https://shop.example 'self'"
    assert scene.get(f"/embed/{scene.token()}").csp["frame-ancestors"] == "https://shop.example 'self'"
    assert scene.page().csp["frame-ancestors"] == "'none'"


@pytest.mark.parametrize(
    ("token", "status", "shown"),
    [("x", 404, "Такої сторінки немає"), ("expired", 410, "Посилання застаріло"), ("broken", 500, "Щось пішло не так")],
)
def test_a_frame_that_shows_no_order_says_why_in_the_shops_page(
    scene: Scene, token: str, status: int, shown: str
) -> None:
    """A browser shows a broken frame for what may not stand in one."""
    scene.ancestors = "https://shop.example"
    if token == "broken":
        scene.memory = _Broken(ZeroDivisionError("x"))  # type: ignore[assignment]
    made = {"expired": scene.token(expires_at=START), "broken": scene.token()}.get(token, token)
    frame = scene.get(f"/embed/{made}")
    assert (frame.status, frame.csp["frame-ancestors"]) == (status, "https://shop.example")
    assert shown in frame.body
    assert "<a " not in frame.body
    seen = _Seen(frame.body)
    assert frame.csp["script-src"] == sha256(seen.inside["script"])
    assert scene.get(f"/o/{made}").csp["frame-ancestors"] == "'none'"


def test_a_searcher_may_read_that_no_page_is_to_be_indexed(scene: Scene) -> None:
    """One that is kept out of a page never sees its noindex, and lists the address that it found elsewhere."""
    assert "Disallow: /" not in scene.get("/robots.txt").body
    assert scene.page().headers["X-Robots-Tag"] == "noindex, nofollow"
    assert '<meta name="robots" content="noindex">' in scene.page().body


def test_the_shops_name_stands_at_the_head_and_leads_to_it(scene: Scene) -> None:
    scene.brand = Brand(name="A<B & C", url="https://shop.example/?a=1&b=2")
    for page in (scene.page(), scene.get("/o/x")):
        assert '<a class="brand" href="https://shop.example/?a=1&amp;b=2">A&lt;B &amp; C</a>' in page.body


def test_what_the_carrier_writes_is_escaped_f14(scene: Scene) -> None:
    scene.put("5", ttn="20450000000777", city="<b>Київ", place="Відділення №1: <script>1</script>")
    found = scene.memory.states["20450000000777"]
    assert found.facts is not None
    for path in ("/o/{}", "/embed/{}"):
        assert "<script>1" not in scene.get(path.format(scene.token())).body
    assert "&lt;b&gt;Київ" in scene.page().body
    scene.memory.changes[TTN, 2] = replace(
        scene.memory.changes[TTN, 2], facts=Facts(code="5", text="<i onload=x>Прямує & їде")
    )
    assert "&lt;i onload=x&gt;Прямує &amp; їде" in scene.page().body
    scene.brand = Brand(name="<script>2")
    assert "<script>2" not in scene.page().body


def test_the_newest_word_of_the_carrier_is_shown_though_it_is_no_change_f12(scene: Scene) -> None:
    state = scene.memory.states[TTN]
    assert state.facts is not None
    scene.change_state(facts=replace(state.facts, text="Прибув, чекає на вас"))
    body = scene.page().body
    assert body.count("Прибув, чекає на вас") == 1
    assert "Речення перевізника 7" not in body
    assert "Речення перевізника 5" in body
    assert scene.get(f"/api/o/{scene.token()}").json["parcels"][0]["text"] == "Прибув, чекає на вас"


# --- nothing personal -------------------------------------------------------------------------------------------------


def test_no_page_holds_anybodys_chat(scene: Scene) -> None:
    chat = str(abs(link().chat_id or 0))
    for answer in everything(scene).values():
        assert chat not in answer.body


@pytest.mark.parametrize("facts", [COURIER, {"city": "Одеса", "place": "вул. Таємна, 5, кв. 7"}])
@pytest.mark.parametrize("code", ["5", "101", "111", "9"])
def test_where_a_courier_goes_is_nobody_elses_business(facts: dict[str, Any], code: str) -> None:
    scene = Scene()
    scene.put(code, **facts)
    for answer in everything(scene).values():
        assert "Таємна" not in answer.body
        assert "maps" not in answer.body


def test_a_courier_parcel_that_waits_at_a_branch_says_at_which() -> None:
    scene = Scene()
    scene.put("7", "111", courier=True, **BRANCH)
    assert "вул. Вигадана, 72" in scene.page().body
    assert scene.get(f"/api/o/{scene.token()}").json["parcels"][0]["place"]["number"] == "12"


def test_neither_a_path_nor_a_token_is_logged(scene: Scene) -> None:
    """R9"""
    token = scene.token()
    everything(scene)
    scene.get(f"/o/{token}x")
    scene.get(f"/elsewhere/{token}")
    scene.send("DELETE", f"/o/{token}")
    scene.memory.states = None  # type: ignore[assignment]
    scene.page()
    assert len(scene.log) >= 9
    assert token[:12] not in str(scene.log)
    assert {name for _, named in scene.log for name in named} <= {"what", "status", "kind", "reason", "where"}


# --- when something is wrong ------------------------------------------------------------------------------------------


class _Broken:
    """A store of which every question ends in the same way."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Any:
        raise self._error


@pytest.mark.parametrize(
    ("error", "status", "shown"),
    [
        (StoreUnavailable("the store did not answer"), 503, "Зараз не виходить показати статус"),
        (ZeroDivisionError("a secret"), 500, "Щось пішло не так"),
    ],
)
def test_a_fault_is_a_page_and_never_a_trace(scene: Scene, error: Exception, status: int, shown: str) -> None:
    scene.memory = _Broken(error)  # type: ignore[assignment]
    page = scene.page()
    assert (page.status, page.headers.get("Retry-After")) == (status, "30" if status == 503 else None)
    assert shown in page.body
    api = scene.get(f"/api/o/{scene.token()}")
    assert (api.status, api.headers["Content-Type"]) == (status, "application/problem+json")
    assert set(api.json) == {"type", "title", "status", "detail"}
    for answer in everything(scene).values():
        assert "secret" not in answer.body
        assert "Traceback" not in answer.body
    assert "secret" not in str(scene.log)
    assert any(named.get("kind") == type(error).__name__ for _, named in scene.log)


def test_keys_that_cannot_be_read_open_nothing(scene: Scene) -> None:
    scene.keys = ConfigurationError("LINK_KEYS: the SSM parameter cannot be used: ParameterNotFound")
    assert scene.page().status == 503
    assert any("ParameterNotFound" in str(named) for _, named in scene.log)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "", "GET\r\nX: 1"])
def test_another_method_is_refused_with_those_that_are_known(scene: Scene, method: str) -> None:
    answer = scene.send(method, f"/o/{scene.token()}")
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert TTN not in answer.body


@pytest.mark.parametrize("event", [{"requestContext": {}}, {"requestContext": {"http": 5}, "headers": 7, "rawPath": 3}])
def test_an_event_that_is_hardly_one_is_answered(scene: Scene, event: dict[str, Any]) -> None:
    assert scene.take(event).status == 404


# --- how it is sent ---------------------------------------------------------------------------------------------------


def test_head_has_the_headers_of_get_and_no_body(scene: Scene) -> None:
    token = scene.token()
    for path in (f"/o/{token}", f"/api/o/{token}"):
        get, head = scene.get(path), scene.send("HEAD", path)
        assert (head.status, head.headers, head.body) == (get.status, get.headers, "")


def test_a_page_is_packed_for_whoever_can_unpack_it(scene: Scene) -> None:
    plain, packed = scene.page(), scene.page(accept_encoding="br, gzip;q=0.8")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.body == plain.body
    assert "Content-Encoding" not in plain.headers
    assert "Content-Encoding" not in scene.page(accept_encoding="gzip;q=0, br").headers
    assert "Content-Encoding" not in scene.get("/robots.txt", accept_encoding="gzip").headers


def test_what_a_program_has_already_is_not_sent_again(scene: Scene) -> None:
    path = f"/api/o/{scene.token()}"
    first = scene.get(path)
    etag = first.headers["ETag"]
    assert etag.startswith('W/"')  # packed or not, it is the same version
    assert scene.get(path, accept_encoding="gzip").headers["ETag"] == etag
    for known in (etag, etag.removeprefix("W/"), f'"other" ,{etag}', "*"):
        again = scene.get(path, if_none_match=known)
        assert (again.status, again.body, again.headers["ETag"]) == (304, "", etag)
    for other in ('"other"', "", "W/*", '"*"', etag.strip('W/"'), '"' * 3000):
        assert scene.get(path, if_none_match=other).status == 200
    scene.change_state(observed_at=START + timedelta(minutes=10))
    assert scene.get(path, if_none_match=etag).status == 200


def test_another_origins_program_may_read_what_it_has_the_token_of(scene: Scene) -> None:
    assert scene.get(f"/api/o/{scene.token()}").headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in scene.page().headers


# --- news in Telegram -------------------------------------------------------------------------------------------------


def test_the_button_leads_to_the_bot_by_a_link_of_an_hour_made_when_it_is_pressed(scene: Scene) -> None:
    token = scene.token()
    assert f'href="{token}/telegram"' in scene.page().body
    answer = scene.get(f"/o/{token}/telegram")
    assert (answer.status, answer.headers["Cache-Control"]) == (303, "no-store")
    target = answer.headers["Location"]
    assert target.startswith(f"https://t.me/{BOT}?start=")
    made = read(target.partition("=")[2], Purpose.LINK, keys=KEYS, now=START)
    assert (made.order_key, made.expires_at) == (link().order_key, START + timedelta(hours=1))


def test_without_a_bot_there_is_no_button_and_no_link(scene: Scene) -> None:
    scene.bot_name = ""
    assert "telegram" not in scene.page().body.casefold()
    assert scene.get(f"/o/{scene.token()}/telegram").status == 404


def test_an_order_whose_story_has_ended_offers_no_news() -> None:
    scene = Scene()
    scene.put("9", "7", **BRANCH)
    assert "/telegram" not in scene.page().body
    scene.put("5", ttn="20450000000777", **BRANCH)
    assert "/telegram" in scene.page().body


def test_who_has_a_parcel_is_told_no_date_and_no_sum_of_it_any_more() -> None:
    scene = Scene()
    scene.put("9", "7", to_pay="96.50", expected_at=START, paid_storage_at=START + timedelta(days=5), **BRANCH)
    (parcel,) = scene.get(f"/api/o/{scene.token()}").json["parcels"]
    assert (parcel["to_pay"], parcel["expected_on"], parcel["last_day"]) == (None, None, None)
    assert "96,50" not in scene.page().body
    scene = Scene()
    scene.put("7", to_pay="96.50", expected_at=START, paid_storage_at=START + timedelta(days=5), **BRANCH)
    (parcel,) = scene.get(f"/api/o/{scene.token()}").json["parcels"]
    assert (parcel["to_pay"], parcel["expected_on"], parcel["last_day"]) == ("96.50", "2026-01-13", "2026-01-17")


def test_what_goes_on_under_a_number_that_is_not_known_yet_still_has_news() -> None:
    scene = Scene()
    scene.put("104", "5", **BRANCH)
    scene.change_state(ended="continued", children=("20450000000099",))
    assert "/telegram" in scene.page().body
    scene.change_state(stage=Stage.REFUSED)
    assert "/telegram" not in scene.page().body
