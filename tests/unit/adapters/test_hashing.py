"""Keyed hashes of names that must not be read back."""

import pytest

from vistka.adapters.hashing import KeyedHash
from vistka.domain.errors import ConfigurationError


def test_the_same_name_has_one_hash_under_one_key_and_another_under_another() -> None:
    """R9: without the deployment's key nobody can try chat ids one by one."""
    assert KeyedHash("a")("-1001") == KeyedHash("a")("-1001")
    assert KeyedHash("a")("-1001") != KeyedHash("b")("-1001")
    assert KeyedHash("a")("-1001") != KeyedHash("a")("-1002")


def test_a_hash_is_32_hexadecimal_digits() -> None:
    made = KeyedHash("a")("чат")
    assert len(made) == 32
    assert set(made) <= set("0123456789abcdef")


def test_without_a_key_nothing_is_hashed() -> None:
    with pytest.raises(ConfigurationError, match="HASH_KEY"):
        KeyedHash("")
