"""Messages without markup, and cut to what Telegram takes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vistka.texts.markup import cut, length, plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<b>Вітаємо</b>, <code>20450012345678</code>", "Вітаємо, 20450012345678"),
        ("A &lt; B &amp; C &#39;x&#39; &quot;y&quot;", "A < B & C 'x' \"y\""),
        ("A<B & C", "A<B & C"),
        ("2 < 3 > 1", "2 < 3 > 1"),
        ('<a href="https://x.example/?a=1&amp;b=2">Стежити</a>', "Стежити: https://x.example/?a=1&b=2"),
        ("<b>не закрито", "не закрито"),
        ("&lt;b&gt;", "<b>"),
        ("<script>x</script>", "<script>x</script>"),
        ("", ""),
    ],
)
def test_plain_text_loses_the_tags_and_nothing_else(text: str, expected: str) -> None:
    assert plain(text) == expected


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("один два три", 12, "один два три"),
        ("один два три", 11, "один два…"),
        ("<b>один два три</b>", 11, "<b>один два…</b>"),
        ("<b>один <i>два три</i></b>", 11, "<b>один <i>два…</i></b>"),
        ("<b>один</b> два три", 11, "<b>один</b> два…"),
        ("a &amp; b &amp; c &amp;", 8, "a &amp; b…"),
        ("Довгеслово", 5, "Довг…"),
        ("🚚🚚🚚🚚", 5, "🚚🚚…"),
        (
            '<a href="https://x.example/a b">посилання тут далі</a>',
            12,
            '<a href="https://x.example/a b">посилання…</a>',
        ),
    ],
)
def test_a_cut_is_at_a_word_and_closes_its_tags(text: str, limit: int, expected: str) -> None:
    assert cut(text, limit) == expected


def test_plain_text_is_cut_as_it_stands() -> None:
    assert cut("a<b &amp; c", 10, markup=False) == "a<b &amp;…"


PIECES = st.lists(
    st.sampled_from(
        ["<b>", "</b>", "<i>", "</i>", "<code>", "</code>", "&amp;", "&#39;", "слово", " ", "🚚", "<", "\n"]
    ),
    max_size=60,
).map("".join)


@given(PIECES, st.integers(min_value=1, max_value=40))
def test_what_was_cut_always_fits(text: str, limit: int) -> None:
    assert length(plain(cut(text, limit))) <= max(limit, 1)


@given(PIECES, st.integers(min_value=1, max_value=40))
def test_a_cut_leaves_no_tag_open(text: str, limit: int) -> None:
    short = cut(text, limit)
    if short != text:
        opened = [len(re.findall(rf"<{name}>", short)) for name in ("b", "i", "code")]
        closed = [len(re.findall(rf"</{name}>", short)) for name in ("b", "i", "code")]
        assert all(o <= c for o, c in zip(opened, closed, strict=True))
