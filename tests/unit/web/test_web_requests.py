"""What is made of a request: its language, its codings, its body."""

import base64
import json
from typing import Any

import pytest

from vistka.edge.web_requests import LARGEST, BodyTooLarge, WebRequest

KNOWN = ("uk", "en", "ru")


def request(*, query: str = "", body: str = "", is_base64: bool = False, **headers: str) -> WebRequest:
    return WebRequest(
        method="GET",
        path="/",
        query=query,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        body=body,
        is_base64=is_base64,
    )


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "uk"),
        ("en", "en"),
        ("en-US,en;q=0.9,uk;q=0.8", "en"),
        ("uk-UA,uk;q=0.9,en;q=0.8", "uk"),
        ("ru-RU, ru;q=0.9", "ru"),
        ("de,fr;q=0.9", "uk"),
        ("de,ru;q=0.3,en;q=0.7", "en"),
        ("en;q=0.5,ru;q=0.5", "en"),
        ("en;q=0", "uk"),
        ("EN", "en"),
        ("*", "uk"),
        ("en;q=2, ;;;, ru;q=x, \x00", "uk"),
        ("x" * 100_000, "uk"),
        ("en" * 1000 + ",ru", "uk"),
    ],
)
def test_the_browsers_language_is_spoken_where_we_know_it(header: str, language: str) -> None:
    assert request(accept_language=header).language(KNOWN, usual="uk") == language


@pytest.mark.parametrize(
    ("query", "language"),
    [
        ("lang=en", "en"),
        ("lang=RU", "ru"),
        ("lang=xx", "uk"),
        ("lang=", "uk"),
        ("a=1&lang=en&lang=ru", "en"),
        ("lang=%D0%B5%FF", "uk"),
        ("&".join(f"a{n}=1" for n in range(100)) + "&lang=en", "uk"),
        ("lang=en" + "x" * 100_000, "uk"),
    ],
)
def test_whoever_chose_a_language_gets_it(query: str, language: str) -> None:
    assert request(query=query, accept_language="uk").language(KNOWN, usual="uk") == language


@pytest.mark.parametrize("header", ["", "de,fr;q=0.9", "*", "uk;q=0"])
@pytest.mark.parametrize("usual", ["uk", "en", "ru"])
def test_whose_languages_are_none_of_ours_is_spoken_to_in_the_usual_one(header: str, usual: str) -> None:
    assert request(accept_language=header).language(KNOWN, usual=usual) == usual
    assert request(query="lang=de", accept_language=header).language(KNOWN, usual=usual) == usual


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        ("gzip", True),
        ("GZIP", True),
        ("br, gzip;q=0.5", True),
        ("*", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("x-gzip", False),
        ("br", False),
        ("", False),
    ],
)
def test_only_who_takes_gzip_gets_it(header: str, taken: bool) -> None:  # noqa: FBT001
    assert request(accept_encoding=header).takes_gzip() is taken


def test_a_body_is_json_plain_or_in_base64() -> None:
    text = json.dumps({"orders": ["Ї"]}, ensure_ascii=False)
    assert request(body=text).json() == {"orders": ["Ї"]}
    packed = base64.b64encode(text.encode()).decode()
    assert request(body=packed, is_base64=True).json() == {"orders": ["Ї"]}


@pytest.mark.parametrize(
    ("body", "more"),
    [
        ("", {}),
        ("{", {}),
        ("[" * 50_000, {}),
        ("\ud800", {}),
        ("//8=", {"is_base64": True}),
        ("not base64!", {"is_base64": True}),
    ],
)
def test_what_is_no_json_is_refused(body: str, more: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- any kind of it
        request(body=body, **more).json()


@pytest.mark.parametrize("is_base64", [False, True])
@pytest.mark.parametrize("size", [LARGEST + 1, 1024 * 1024])
def test_a_body_that_no_shop_sends_is_not_read(size: int, is_base64: bool) -> None:  # noqa: FBT001
    body = base64.b64encode(b" " * size).decode() if is_base64 else " " * size
    with pytest.raises(BodyTooLarge):
        request(body=body, is_base64=is_base64).json()
