"""The carrier's line of a place, with its number first where it has one."""

import pytest

from vistka.domain.places import Place, place_of


@pytest.mark.parametrize(
    ("written", "word", "number", "address"),
    [
        ("Відділення №12 (до 30 кг): вул. Вигадана, 1", "branch", "12", "вул. Вигадана, 1"),
        ("Отделение № 7: ул. Придуманная, 2", "branch", "7", "ул. Придуманная, 2"),
        ("Поштомат №4711: вул. Казкова, 5: під'їзд 2", "locker", "4711", "вул. Казкова, 5: під'їзд 2"),
        ("Почтомат №4711", "locker", "4711", ""),
        ("Відділення №3", "branch", "3", ""),
    ],
)
def test_a_line_of_the_usual_form_is_parted(written: str, word: str, number: str, address: str) -> None:
    assert place_of(written, "99") == Place(word=word, number=number, address=address)


@pytest.mark.parametrize(
    ("written", "word"),
    [
        ("Відділення без номера: вул. Вигадана, 1", "branch"),
        ("Пункт №5: вул. Вигадана, 1", ""),
        ("вул. Вигадана, 1", ""),
        ("", ""),
    ],
)
def test_any_other_line_is_the_address_as_a_whole(written: str, word: str) -> None:
    assert place_of(written, "99") == Place(word=word, number="99", address=written)
