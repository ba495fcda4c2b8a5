"""Tokens open what they were signed for, until they expire, and nothing else."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vistka.domain.errors import ConfigurationError, TokenRefused
from vistka.domain.tokens import LONGEST, LONGEST_ID_BYTES, KeyRing, Purpose, mint, read

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
NONCE = bytes(range(8))
FIRST, SECOND = bytes(range(32)), bytes(range(32, 64))
KEYS = KeyRing(keys={1: FIRST}, signing=1)


def text_of(key: bytes) -> str:
    return base64.b64encode(key).decode()


def link(order_key: str = "1042", keys: KeyRing = KEYS, expires_at: datetime = LATER) -> str:
    return mint(Purpose.LINK, order_key, expires_at=expires_at, nonce=NONCE, keys=keys)


def refusal(token: str, *, purpose: Purpose = Purpose.LINK, keys: KeyRing = KEYS, now: datetime = NOW) -> TokenRefused:
    with pytest.raises(TokenRefused) as caught:
        read(token, purpose, keys=keys, now=now)
    return caught.value


@pytest.mark.parametrize(
    "order_key",
    [
        "1", "1042", "0042", "-7", "A-17", "№5", "ORDER-2026-000001", "9" * 17,
        "123456789012345678", "18446744073709551615", str(2 ** (8 * LONGEST_ID_BYTES) - 1),
        "0192f8a1-7b3c-7def-8123-456789abcdef", "00000000-0000-0000-0000-000000000000",
    ],
)  # fmt: skip
@pytest.mark.parametrize("purpose", Purpose)
def test_a_token_opens_the_order_it_was_made_for(order_key: str, purpose: Purpose) -> None:
    token = mint(purpose, order_key, expires_at=LATER, nonce=NONCE, keys=KEYS)
    opened = read(token, purpose, keys=KEYS, now=NOW)
    assert (opened.order_key, opened.expires_at) == (order_key, LATER)


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=4))
def test_whatever_the_id_a_token_is_a_start_parameter_of_telegram(order_key: str) -> None:
    token = link(order_key)
    assert len(token) <= LONGEST
    assert token.startswith("vQ")
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
    assert read(token, Purpose.LINK, keys=KEYS, now=NOW).order_key == order_key


@pytest.mark.parametrize(
    "order_key", ["", "x" * 18, "ї" * 9, "9" * 42, "-123456789012345678", "0192F8A1-7B3C-7DEF-8123-456789ABCDEF"]
)
def test_an_id_that_does_not_fit_is_refused_and_told_the_limit(order_key: str) -> None:
    with pytest.raises(ConfigurationError, match=r"1 to 17 bytes, or be a longer whole number, or a UUID"):
        link(order_key)


def test_the_bytes_are_those_of_the_documented_form() -> None:
    """Shops mint by this form: it may not change without a new version."""
    assert link() == "vQEBMTA0MmstCUAAAQIDBAUGB2pDDZLgXfCQ24o_U5sOJpc"


def test_a_forged_token_opens_nothing() -> None:
    token = link()
    for place, letter in enumerate(token):
        other = "A" if letter != "A" else "B"
        assert refusal(token[:place] + other + token[place + 1 :]).reason in {"forged", "malformed"}


@pytest.mark.parametrize(
    "token", ["", "v", "vQ", "vQ" + "A" * 41, "A" * 64, "vQ" + "A" * 63, "vQ" + "ї" * 43, "\0" * 50]
)
def test_what_is_no_token_is_refused_as_any_other(token: str) -> None:
    assert str(refusal(token)) == "the token is not valid"


def test_a_truncated_or_lengthened_token_opens_nothing() -> None:
    token = link()
    for length in range(len(token)):
        refusal(token[:length])
    for more in ("A", "AA", "=", " ", "\n"):
        refusal(token + more)
    refusal(" " + token)


def test_one_token_has_one_text() -> None:
    """Bits that base64 leaves unused must be 0, or a used token could come again in another dress."""
    token = link()
    assert len(token) % 4 == 3
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = letters.index(token[-1])
    assert refusal(token[:-1] + letters[last + 1]).reason == "malformed"


def test_a_token_of_one_purpose_never_passes_for_another() -> None:
    page = mint(Purpose.PAGE, "1042", expires_at=LATER, nonce=NONCE, keys=KEYS)
    assert refusal(page).reason == "other_purpose"
    assert refusal(link(), purpose=Purpose.PAGE).reason == "other_purpose"
    assert str(refusal(page)) == str(refusal("A" * 50)) == "the token is not valid"


def test_an_expired_token_is_told_kindly_but_only_if_it_was_ours() -> None:
    assert read(link(), Purpose.LINK, keys=KEYS, now=LATER - timedelta(seconds=1))
    assert str(refusal(link(), now=LATER)) == "the token has expired"
    page = mint(Purpose.PAGE, "1042", expires_at=LATER, nonce=NONCE, keys=KEYS)
    assert str(refusal(page, now=LATER)) == "the token is not valid"
    assert str(refusal(link()[:-1] + "A", now=LATER)) == "the token is not valid"


def test_keys_rotate_the_newest_signs_and_the_old_still_read() -> None:
    both = KeyRing(keys={1: FIRST, 2: SECOND}, signing=2)
    alone = KeyRing(keys={2: SECOND}, signing=2)
    assert read(link(), Purpose.LINK, keys=both, now=NOW).order_key == "1042"
    assert read(link(keys=both), Purpose.LINK, keys=alone, now=NOW).order_key == "1042"
    assert refusal(link(), keys=alone).reason == "forged"
    assert refusal(link(keys=KeyRing(keys={2: FIRST}, signing=2)), keys=both).reason == "forged"


def test_a_key_number_that_nobody_has_cannot_be_signed_for() -> None:
    """Not even with the empty key, under which such a token is looked at for the same time."""
    assert refusal(link(keys=KeyRing(keys={3: b""}, signing=3))).reason == "forged"


def test_two_tokens_for_one_order_are_remembered_apart() -> None:
    other = mint(Purpose.LINK, "1042", expires_at=LATER, nonce=bytes(8), keys=KEYS)
    prints = {read(token, Purpose.LINK, keys=KEYS, now=NOW).fingerprint for token in (link(), other)}
    assert len(prints) == 2
    assert all(len(one) == 32 and one not in link() for one in prints)


def test_a_ring_is_read_and_its_last_key_signs() -> None:
    ring = KeyRing.parse(f" 1:{text_of(FIRST)} , 2:{text_of(SECOND)}\n")
    assert (ring.keys, ring.signing) == ({1: FIRST, 2: SECOND}, 2)
    urlsafe = base64.urlsafe_b64encode(b"\xff" * 32).decode().rstrip("=")
    assert KeyRing.parse(f"15:{urlsafe}").keys == {15: b"\xff" * 32}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "key 1 is not of the form"),
        ("geheim", "key 1 is not of the form"),
        (f"1:{text_of(FIRST)},", "key 2 is not of the form"),
        (f"0:{text_of(FIRST)}", "from 1 to 15"),
        (f"16:{text_of(FIRST)}", "from 1 to 15"),
        (f"1:{text_of(FIRST)},1:{text_of(SECOND)}", "key 2 needs a number of its own"),
        (f"1:{text_of(FIRST[:31])}", "at least 32 random bytes"),
        ("3:AAAAA", "key 3 must be base64"),
    ],
)
def test_a_ring_that_is_wrong_says_where_and_shows_no_key(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as caught:
        KeyRing.parse(text)
    assert "geheim" not in str(caught.value)
    assert text_of(FIRST)[:8] not in str(caught.value)
    assert text_of(FIRST) not in repr(KeyRing.parse(f"1:{text_of(FIRST)}"))


def test_a_nonce_is_eight_bytes() -> None:
    with pytest.raises(ValueError, match="8 random bytes"):
        mint(Purpose.LINK, "1", expires_at=LATER, nonce=b"", keys=KEYS)
