"""What the demo shows, at the width of a terminal and of a pipe."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from local.demo import picture, report
from local.demo.runs import Outcome, _complaint

MESSAGE = {
    "message_id": 1,
    "chat_id": 600_000_001,
    "at": "2026-01-13T08:00:00+00:00",
    "text": "📬 Ваше замовлення чекає",
    "entities": [{"type": "bold", "offset": 3, "length": 4}, {"type": "text_link", "offset": 8, "length": 10}],
}
ROW = {
    "order_number": "TWC09092025N01",
    "status": "ship",
    "tracking_number": "20459000000017\n59009000000024",
    "shipment_status": "В дорозі - Відправлення прямує до міста Київ [b]",
}


def console(width: int) -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    return Console(file=out, width=width, highlight=False), out


@pytest.mark.parametrize("width", [80, 120])
def test_an_order_keeps_its_number_and_its_text_at_any_width(width: int) -> None:
    shown, out = console(width)
    report.orders(shown, "The shop", [ROW], typed=True)
    text = out.getvalue()
    assert "TWC09092025N01" in text
    assert "20459000000017⏎59009000000024" in text
    words = text.split()
    assert all(word in words for word in ROW["shipment_status"].split())
    assert max(map(len, text.splitlines())) <= width


def test_a_bubble_is_dated_in_kyiv_and_styles_the_words_that_telegram_would() -> None:
    text = report.bubble(MESSAGE, "a buyer").renderable
    assert [(str(text)[span.start : span.end], span.style) for span in text.spans] == [  # type: ignore[union-attr]
        ("Ваше", "bold"),
        ("замовлення", "underline blue"),
    ]
    shown, out = console(80)
    shown.print(report.bubble(MESSAGE, "a buyer"))
    assert "13.01 10:00" in out.getvalue()
    assert "a buyer" in out.getvalue()


def test_one_message_of_each_kind_is_shown_the_buyers_first() -> None:
    shop = MESSAGE | {"chat_id": -5, "text": "↩️ Відмова"}
    other = MESSAGE | {"text": "✅ Отримано"}
    assert report._of_each_kind([shop, MESSAGE, MESSAGE, other]) == [MESSAGE, other, shop]


def test_bubbles_side_by_side_lose_no_letter_of_a_line_that_fits_to_the_last_cell() -> None:
    line = "✅ Ви отримали замовлення TWC25112026N32. Дякуємо за покупку!"
    message = MESSAGE | {"text": line, "entities": []}
    shown, out = console(118)
    outcome = Outcome(runs=(), messages=(message,), expected=1, summaries=0, names={}, wrong=[], complaints=[])
    report.chats(shown, outcome)
    assert "Дякуємо за" in out.getvalue()


def test_a_demo_that_went_wrong_says_what_and_what_the_functions_logged() -> None:
    shown, out = console(120)
    outcome = Outcome(
        runs=(),
        messages=(),
        expected=1,
        summaries=0,
        names={},
        wrong=["missing: received of [TWC] to the buyer"],
        complaints=["2 × notifier: a message failed unexpectedly, TypeError"],
    )
    report.figures(shown, outcome, story=["did not come about: [she] is told"], set_up=1, whole=2)
    assert "2 things are not as expected" in out.getvalue()
    assert "did not come about: [she] is told" in out.getvalue()
    assert "missing: received of [TWC] to the buyer" in out.getvalue()
    assert "log: 2 × notifier: a message failed unexpectedly, TypeError" in out.getvalue()
    assert not outcome.good


def test_the_picture_holds_what_was_shown_word_for_word_and_fetches_nothing(tmp_path: Path) -> None:
    shown, file = picture.recorder(), tmp_path / "demo.svg"
    report.orders(shown, "The shop", [ROW], typed=True)
    with picture.aside(shown):
        shown.print("aside")
    picture.draw(shown, file)
    drawn = file.read_text(encoding="utf-8")
    assert ">TWC09092025N01</text>" in drawn
    assert ">Відправлення</text>" in drawn
    assert "aside" not in drawn
    assert drawn.count("http") == 1  # the name of SVG itself


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (
            '{"level": "WARNING", "message": "a poll failed", "kind": "CarrierUnavailable"}',
            "a poll failed, CarrierUnavailable",
        ),
        ('{"level": "INFO", "message": "run"}', ""),
        ("2026-01-13 Task timed out after 3.00 seconds\n", "2026-01-13 Task timed out after 3.00 seconds"),
        ("START RequestId: 1", ""),
    ],
)
def test_warnings_errors_and_timeouts_are_complaints(line: str, complaint: str) -> None:
    assert _complaint(line) == complaint
