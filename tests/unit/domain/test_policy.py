"""When a shop counts as live, whatever moment an invocation began at."""

from datetime import UTC, datetime, timedelta

from vistka.domain.policy import MODE_OVERLAP, is_back_in_shadow

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def test_an_invocation_of_the_mode_before_takes_nothing_back_as_long_as_one_may_take() -> None:
    assert not is_back_in_shadow(NOW, NOW + MODE_OVERLAP)
    assert is_back_in_shadow(NOW, NOW + MODE_OVERLAP + timedelta(microseconds=1))
