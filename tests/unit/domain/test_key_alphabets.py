"""LINK_KEYS as tools print them: base64 of either alphabet, with padding or without."""

import base64

import pytest

from vistka.domain.tokens import KeyRing

#: Bytes whose base64 has every letter that the two alphabets write in different ways, and an X before the padding.
MIXED = b"\xfb\xef\xbe\xff\xff\xff" * 6 + b"\x01\x02\x03\x5d\xc0"


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("padded", [True, False])
def test_a_key_is_read_in_either_alphabet_padded_or_not(encode: object, padded: bool) -> None:  # noqa: FBT001
    assert callable(encode)
    text = encode(MIXED).decode()
    assert text.endswith("XcA=")
    assert set("+/" if encode is base64.b64encode else "-_") <= set(text)
    assert KeyRing.parse(f"1:{text if padded else text.rstrip('=')}").keys == {1: MIXED}


def test_a_key_that_ends_in_x_keeps_it() -> None:
    key = base64.b64decode("A" * 43 + "X" + "AAAX")
    assert KeyRing.parse(f"1:{base64.b64encode(key).decode()}").keys == {1: key}
