"""The pages' door: which page a path leads to, who may see it, and what whoever may not is told."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePath
from typing import Any, Final

from vistka.domain.errors import ConfigurationError, TokenRefused, VistkaError
from vistka.domain.stories import OrderStory
from vistka.domain.tokens import KeyRing, Purpose, Token, read
from vistka.edge.order_json import order_to_dict
from vistka.edge.shop_api import ShopApi
from vistka.edge.web_requests import WebRequest
from vistka.edge.web_responses import HTML, SVG, TEXT, WebResponse, as_json, problem
from vistka.ports import Clock, LinkedOrders, ParcelStore, Runs
from vistka.texts.badges import badge
from vistka.texts.pages import (
    AUTO,
    LANGUAGES,
    THEMES,
    Brand,
    embedded_message,
    embedded_order,
    message_page,
    order_page,
    script_hash,
    style_hash,
    words,
)
from vistka.usecases.minting import Minter
from vistka.usecases.viewing import stories

#: How long a link to the bot lasts that the page makes when its button is pressed.
LINK_LASTS: Final = timedelta(hours=1)
#: A browser shows its own copy for so long; the data behind it is minutes old in any case.
_SECONDS: Final = 30
_TOKEN: Final = r"(?P<token>[A-Za-z0-9_-]{1,100})"  # noqa: S105
_ANYWHERE: Final[Mapping[str, str]] = {"Access-Control-Allow-Origin": "*"}
_LOOKS: Final = frozenset({"GET", "HEAD"})
_POST: Final = frozenset({"POST"})


@dataclass(frozen=True, kw_only=True)
class Site:
    """`bot_name` is the bot's @name, "" for none; `default_language` is for whoever's browser knows none of ours;
    `ancestors` who may hold the embedded page in a frame, as a content security policy has it. `note` logs what went
    well, `say` what did not: neither a path nor a token."""

    orders: LinkedOrders
    parcels: ParcelStore
    runs: Runs
    clock: Clock
    keys: Callable[[], KeyRing]
    minter: Minter
    brand: Brand
    bot_name: str
    default_language: str
    ancestors: str
    shop_api: ShopApi
    note: Callable[..., None]
    say: Callable[..., None]

    def answer(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """The response. Raises nothing: whoever opens a page cannot mend what is broken."""
        request = WebRequest.of_event(event)
        found = self._routed(request)
        head = request.method == "HEAD"
        if request.has(found.etag) and found.status == 200 and "ETag" in found.headers:
            found = WebResponse(status=304, kind=found.kind, headers=found.headers, language=found.language)
        return found.to_dict(gzipped=request.takes_gzip(), bodiless=head or found.status == 304)

    def _routed(self, request: WebRequest) -> WebResponse:
        for route in _ROUTES:
            if match := route.path.fullmatch(request.path):
                return self._answered(route, request, match.groupdict().get("token") or "")
        self.note("a page", what="none", status=404)
        refused = self._problem if request.path.startswith("/api/") else self._message
        return refused(request, "missing", 404)

    def _answered(self, route: "_Route", request: WebRequest, token: str) -> WebResponse:
        if request.method not in route.methods:
            allowed = ", ".join(sorted(route.methods))
            found = problem(405, "method", "Method not allowed", f"this address answers {allowed}", {"Allow": allowed})
        else:
            found = self._tried(route, request, token)
        self.note("a page", what=route.name, status=found.status)
        return found

    def _tried(self, route: "_Route", request: WebRequest, token: str) -> WebResponse:
        try:
            return route.answer(self, request, token)
        except TokenRefused as refused:
            gone = refused.reason == "expired"
            return route.refused(self, request, "expired" if gone else "missing", 410 if gone else 404)
        except VistkaError as error:
            self.say("a page was not shown", what=route.name, kind=type(error).__name__, reason=str(error))
            return route.refused(self, request, "busy", 503)
        except Exception as error:  # noqa: BLE001 -- a visitor gets a page, whatever happens
            # Its text may hold anything: what it is and where it was raised must do.
            self.say("a page failed", what=route.name, kind=type(error).__name__, where=_where(error))
            return route.refused(self, request, "broken", 500)

    # --- what the routes lead to ------------------------------------------------------------------------------------

    def page(self, request: WebRequest, token: str) -> WebResponse:
        story = self._story(self._opened(token))
        language = self._language(request)
        # Relative, so that the page works behind whatever address leads to it.
        telegram = f"{token}/telegram" if self.bot_name else ""
        theme = request.wish("theme", THEMES, AUTO)
        body = order_page(
            story, language=language, now=self.clock.now(), brand=self.brand, telegram=telegram, theme=theme
        )
        return self._html(body, language, theme, "page.js", ancestors="'none'", seconds=_SECONDS)

    def embedded(self, request: WebRequest, token: str) -> WebResponse:
        story = self._story(self._opened(token))
        language = self._language(request)
        theme = request.wish("theme", THEMES, AUTO)
        page = f"../o/{token}?lang={language}"
        body = embedded_order(story, language=language, now=self.clock.now(), page=page, theme=theme)
        return self._html(body, language, theme, "embed.js", ancestors=self.ancestors, seconds=_SECONDS)

    def to_telegram(self, _request: WebRequest, token: str) -> WebResponse:
        """A link of an hour, made when it is asked for: a page may lie open for days."""
        opened = self._opened(token)
        if not self.bot_name:
            raise TokenRefused(reason="no_bot")
        link = self.minter.link(order_key=opened.order_key, lasts=LINK_LASTS)
        return WebResponse(status=303, headers={"Location": link.url, "Cache-Control": "no-store"})

    def badge(self, request: WebRequest, token: str) -> WebResponse:
        story = self._story(self._opened(token), whole=False)
        language = self._language(request)
        now = self.clock.now()
        said = [words(parcel, story.number, language=language, now=now) for parcel in story.parcels]
        # Several parcels: the one that is told of is the one that came last.
        picture = badge(said[-1].headline, said[-1].tone, language=language) if said else badge("…", "new", language="")
        return WebResponse(status=200, body=picture, kind=SVG, language=language, seconds=_SECONDS)

    def api(self, request: WebRequest, token: str) -> WebResponse:
        story = self._story(self._opened(token))
        language = self._language(request)
        found = as_json(order_to_dict(story, language=language, now=self.clock.now()), language=language)
        # Whoever has the token may read it anyway, from wherever: no cookie and no address gives anybody more.
        headers = {"ETag": found.etag, **_ANYWHERE}
        return WebResponse(status=200, body=found.body, kind=found.kind, language=language, headers=headers)

    def listed(self, request: WebRequest, _token: str) -> WebResponse:
        return self.shop_api.listed(request)

    def refreshed(self, request: WebRequest, _token: str) -> WebResponse:
        return self.shop_api.refreshed(request)

    def robots(self, _request: WebRequest, _token: str) -> WebResponse:
        # Whoever may not look at a page never reads that it is not to be indexed, and indexes its address.
        return WebResponse(status=200, body="User-agent: *\nDisallow:\n", kind=TEXT, seconds=86_400)

    # --- what they share --------------------------------------------------------------------------------------------

    def _language(self, request: WebRequest) -> str:
        return request.language(LANGUAGES, usual=self.default_language)

    def _opened(self, token: str) -> Token:
        """Raises TokenRefused; nothing is read of the store before the token is genuine."""
        try:
            return read(token, Purpose.PAGE, keys=self.keys(), now=self.clock.now())
        except ConfigurationError as error:
            self.say("pages cannot be opened", reason=str(error))
            raise

    def _story(self, token: Token, *, whole: bool = True) -> OrderStory:
        (story,) = stories([self.orders.of_key(token.order_key)], self.parcels, self.runs, whole=whole)
        return story

    def _message(self, request: WebRequest, name: str, status: int) -> WebResponse:
        language = self._language(request)
        theme = request.wish("theme", THEMES, AUTO)
        body = message_page(name, language=language, brand=self.brand, theme=theme)
        return self._html(body, language, theme, "", ancestors="'none'", status=status)

    def _framed(self, request: WebRequest, name: str, status: int) -> WebResponse:
        """In the shop's own page, where a browser shows a broken frame for what may not stand in one."""
        language = self._language(request)
        theme = request.wish("theme", THEMES, AUTO)
        body = embedded_message(name, language=language, theme=theme)
        return self._html(body, language, theme, "embed.js", ancestors=self.ancestors, status=status)

    def _problem(self, _request: WebRequest, name: str, status: int) -> WebResponse:
        code, title, detail = _PROBLEMS[name]
        return problem(status, code, title, detail, {**_ANYWHERE, **_later(status)})

    def _no_badge(self, _request: WebRequest, _name: str, status: int) -> WebResponse:
        return WebResponse(status=status, body=badge("…", "new", language=""), kind=SVG)

    @staticmethod
    def _html(
        body: str, language: str, theme: str, script: str, *, ancestors: str, status: int = 200, seconds: int = 0
    ) -> WebResponse:
        policy = [
            "default-src 'none'",
            f"style-src {style_hash(theme)}",
            *([f"script-src {script_hash(script)}"] if script else []),
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            f"frame-ancestors {ancestors or "'none'"}",
        ]
        return WebResponse(
            status=status,
            body=body,
            kind=HTML,
            language=language,
            csp="; ".join(policy),
            seconds=seconds,
            headers=_later(status),
        )


def _later(status: int) -> dict[str, str]:
    return {"Retry-After": "30"} if status == 503 else {}


_PROBLEMS: Final[Mapping[str, tuple[str, str, str]]] = {
    "missing": ("not-found", "Not found", "there is no such order, or the token is not one for its page"),
    "expired": ("expired", "The token has expired", "the shop can make a new one"),
    "busy": ("unavailable", "Not available at the moment", "try again in a minute"),
    "broken": ("broken", "Something went wrong", "try again in a minute"),
}


@dataclass(frozen=True, kw_only=True)
class _Route:
    name: str
    path: re.Pattern[str]
    answer: Callable[[Site, WebRequest, str], WebResponse]
    refused: Callable[[Site, WebRequest, str, int], WebResponse] = Site._message  # noqa: SLF001
    methods: frozenset[str] = _LOOKS


_ROUTES: Final = (
    _Route(name="page", path=re.compile(rf"/o/{_TOKEN}"), answer=Site.page),
    _Route(name="telegram", path=re.compile(rf"/o/{_TOKEN}/telegram"), answer=Site.to_telegram),
    _Route(name="embed", path=re.compile(rf"/embed/{_TOKEN}"), answer=Site.embedded, refused=Site._framed),  # noqa: SLF001
    _Route(name="badge", path=re.compile(rf"/badge/{_TOKEN}\.svg"), answer=Site.badge, refused=Site._no_badge),  # noqa: SLF001
    _Route(name="api", path=re.compile(rf"/api/o/{_TOKEN}"), answer=Site.api, refused=Site._problem),  # noqa: SLF001
    _Route(name="orders", path=re.compile("/api/orders"), answer=Site.listed, refused=Site._problem, methods=_POST),  # noqa: SLF001
    _Route(
        name="refresh",
        path=re.compile("/api/orders/refresh"),
        answer=Site.refreshed,
        refused=Site._problem,  # noqa: SLF001
        methods=_POST,
    ),
    _Route(name="robots", path=re.compile(r"/robots\.txt"), answer=Site.robots),
)


def _where(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{PurePath(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace is not None else ""
