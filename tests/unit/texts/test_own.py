"""Texts of the shop's own: they take the place of ours, and whatever is wrong with them loses no notice."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.texts.cases import BUYER, SHOP, TOLD, notice, parcel
from vistka.domain.languages import LANGUAGES
from vistka.domain.notices import Audience, Kind
from vistka.domain.stages import Stage
from vistka.texts.own import OWN, PARTS, replaceable
from vistka.texts.render import Messages
from vistka.texts.samples import BRANCH, NOW, bare, samples

type Put = Callable[[str, str], None]

WAITING = parcel(Stage.AT_BRANCH, **BRANCH)


class Shop:
    """A folder of the shop's own texts, and what was heard of broken ones."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.broken: list[tuple[str, str]] = []

    def put(self, name: str, text: str | bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def render(
        self, kind: Kind = Kind.WAITING, audience: Audience = BUYER, language: str = "uk", **payload: Any
    ) -> str:
        messages = Messages(self.folder, broken=lambda file, reason: self.broken.append((file, reason)))
        return messages.render(notice(kind, audience, payload or WAITING, language=language), now=NOW)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def built_in(kind: Kind = Kind.WAITING, audience: Audience = BUYER, language: str = "uk", **payload: Any) -> str:
    return Messages().render(notice(kind, audience, payload or WAITING, language=language), now=NOW)


def test_a_file_takes_the_place_of_the_message_of_its_name_alone(shop: Shop) -> None:
    shop.put("uk/buyer_waiting.j2", "<b>Ура! {{ order }}</b>\n{{ place.number }}")
    assert shop.render() == "<b>Ура! TWC09092025N01</b>\n12"
    assert shop.render(language="en") == built_in(language="en")
    assert shop.render(audience=SHOP) == built_in(audience=SHOP)
    assert shop.render(Kind.RECEIVED) == built_in(Kind.RECEIVED)
    assert shop.broken == []


def test_our_parts_stand_in_texts_of_the_shops_own_and_its_parts_in_ours(shop: Shop) -> None:
    shop.put("uk/buyer_waiting.j2", '{% import "_parts.j2" as parts with context %}\n{{ order }}\n{{ parts.to_pay() }}')
    assert shop.render() == "TWC09092025N01\nДо сплати: 1\u00a0250 грн"
    ours = (Path(OWN.parent) / "vistka/texts/uk/_parts.j2").read_text(encoding="utf-8")
    shop.put("en/_parts.j2", ours)
    assert "Номер накладної" in shop.render(language="en")


def test_what_is_not_ours_is_escaped_in_texts_of_the_shops_own_f14(shop: Shop) -> None:
    shop.put("uk/buyer_waiting.j2", "{{ order }} {{ city }}")
    assert shop.render(facts={"city": "A<B & C"}) == "TWC09092025N01 A&lt;B &amp; C"


def test_a_folder_that_is_not_there_changes_nothing(shop: Shop) -> None:
    assert Shop(shop.folder / "nowhere").render() == built_in()
    assert Messages(None).render(notice(Kind.WAITING, BUYER, WAITING), now=NOW) == built_in()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{% if order %}", "cannot be read: line 1"),
        ("\n\n{{ order|shout }}", "cannot be read: line 3"),
        ("a\n{{ plase.number }}", "cannot be told: UndefinedError in line 2"),
        ("{{ place.adress }}", "cannot be told: UndefinedError in line 1"),
        ("{{ order / 2 }}", "cannot be told: TypeError in line 1"),
        ("\n{{ 1 / 0 }}", "cannot be told: ZeroDivisionError in line 2"),
        ("{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}", "cannot be told: RecursionError in line 1"),
        ('{% include "else.j2" %}', "includes what there is not"),
        ("{{ parts_there_are_not }}", "cannot be told: UndefinedError in line 1"),
        ("{{ '' }}\n{{ reason }}", "says nothing"),
        (b"\xcf\xf0\xe8\xe2\xb3\xf2 {{ order }}", "cannot be told: UnicodeDecodeError"),
    ],
)
def test_a_broken_text_loses_no_notice_and_is_named_f36(shop: Shop, text: str | bytes, reason: str) -> None:
    shop.put("uk/buyer_waiting.j2", text)
    assert shop.render() == built_in()
    assert shop.broken[-1] == ("uk/buyer_waiting.j2", reason)


LOOP = "{% for a in range(90) %}"


@pytest.mark.parametrize(
    "text",
    [
        "{% for i in range(10**12) %}{% endfor %}{{ order }}",
        "{% for i in range(10**12) if false %}{% endfor %}{{ order }}",
        "{{ range(0, -(10**30), -1)|list }}",
        LOOP * 9 + "{% endfor %}" * 9 + "{{ order }}",
        LOOP * 8 + "{% for a in range(90) if false %}" + "{% endfor %}" * 9 + "{{ order }}",
        "{% macro a(n) %}{% if n %}{{ a(n - 1) }}{{ a(n - 1) }}{% endif %}{% endmacro %}{{ a(90) }}",
        "{{ order }}{{ 'x' * 10**12 }}",
        "{{ order }}{{ 10**12 * 'x' }}",
        "{{ order }}{{ [1] * 10**12 }}",
        "{{ order }}{{ 9**(9**9) }}",
        "{% set n = namespace(a=9) %}" + LOOP + "{% set n.a = n.a * n.a %}{% endfor %}{{ order }}",
        "{% set n = namespace(a='x') %}" + LOOP + "{% set n.a = n.a + n.a %}{% endfor %}{{ order }}",
    ],
)
def test_a_text_without_an_end_or_a_measure_holds_up_no_notice_f36(shop: Shop, text: str) -> None:
    shop.put("uk/buyer_waiting.j2", text)
    assert shop.render() == built_in()
    assert shop.broken == [("uk/buyer_waiting.j2", "cannot be told: TooMuch in line 1")]


def test_a_message_has_its_bounds_to_itself_and_what_is_usual_fits(shop: Shop) -> None:
    """Loops, macros, sums and repetitions, message after message."""
    shop.put(
        "uk/buyer_waiting.j2",
        "{% macro row(n) %}{{ '─' * n }}{% endmacro %}{{ order + '!' }} {{ 2 ** 10 * 3 }}\n"
        "{% for a in range(60) %}{% for b in range(60) if b == a %}{{ loop.last and row(2) }}{% endfor %}{% endfor %}",
    )
    messages = Messages(shop.folder, broken=lambda file, reason: shop.broken.append((file, reason)))
    told = {messages.render(notice(Kind.WAITING, BUYER, WAITING), now=NOW) for _ in range(5)}
    assert told == {"TWC09092025N01! 3072\n" + "──" * 60}
    assert shop.broken == []


def test_a_text_reaches_nothing_behind_its_values(shop: Shop) -> None:
    shop.put("uk/buyer_waiting.j2", "{{ order }}{{ order.__class__.__mro__ }}")
    assert shop.render() == built_in()


def test_a_broken_part_breaks_no_message_that_does_without_it(shop: Shop) -> None:
    shop.put("uk/_parts.j2", "{% macro track() %}")
    shop.put("uk/buyer_received.j2", "<b>{{ order }}</b>")
    assert shop.render() == built_in()
    assert shop.render(Kind.RECEIVED) == "<b>TWC09092025N01</b>"


def test_parts_of_a_former_version_are_no_loss(shop: Shop) -> None:
    shop.put("uk/_parts.j2", "{% macro track() %}{{ ttn }}{% endmacro %}")
    assert shop.render() == built_in()
    assert shop.broken == [("uk/buyer_waiting.j2", "cannot be told: UndefinedError in line 2")]


def test_what_lies_there_and_is_told_by_nobody_is_named_with_the_first_message_and_once(shop: Shop) -> None:
    for name in ("uk/buyer_wating.j2", "de/buyer_waiting.j2", "buyer_waiting.j2", "uk/bot_help.j2", "uk/deep/x.j2"):
        shop.put(name, "{{ order }}")
    shop.put("ru/shop_refused.j2", "{% if %}")
    shop.put("README.md", "# ours")
    messages = Messages(shop.folder, broken=lambda file, reason: shop.broken.append((file, reason)))
    for _ in range(3):
        messages.render(notice(Kind.WAITING, BUYER, WAITING), now=NOW)
    assert shop.broken == [
        ("buyer_waiting.j2", "is no text that is told"),
        ("de/buyer_waiting.j2", "is no text that is told"),
        ("ru/shop_refused.j2", "cannot be read: line 1"),
        ("uk/bot_help.j2", "is no text that is told"),
        ("uk/buyer_wating.j2", "is no text that is told"),
        ("uk/deep/x.j2", "is no text that is told"),
    ]


def test_nothing_of_a_notice_stands_in_what_is_said_of_a_broken_text_r9(shop: Shop) -> None:
    shop.put("uk/buyer_waiting.j2", "{{ city|int(default=order.secret) }}{{ order + 1 }}")
    shop.render(facts={"city": "Вигадане"})
    assert "TWC" not in str(shop.broken)
    assert "Вигадане" not in str(shop.broken)


def test_every_message_can_be_replaced_and_has_a_sample() -> None:
    messages = {f"{audience}_{kind}.j2" for kind, audience in TOLD}
    assert set(replaceable()) >= messages | {PARTS}
    assert {f"{audience}_{sample.kind}.j2" for sample, audience in samples()} >= messages


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sample_and_one_of_which_nothing_is_known_can_be_told(language: str) -> None:
    for sample, audience in samples():
        for each in (sample, bare(sample.kind)):
            assert Messages().render(each.notice(audience, language), now=each.now)


def test_no_text_of_anybodys_own_is_shipped_by_us() -> None:
    assert [path.name for path in OWN.iterdir()] == ["README.md"]
