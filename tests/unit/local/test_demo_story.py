"""What the demo's story waits for is what people are written."""

import pytest

from local.demo.story import WORDS
from vistka.domain.notices import Audience, Kind
from vistka.texts.markup import plain
from vistka.texts.render import Messages
from vistka.texts.samples import samples


@pytest.mark.parametrize(("told", "words"), WORDS.items(), ids=lambda value: " ".join(map(str, value)))
def test_the_words_that_a_step_waits_for_stand_in_the_message(told: tuple[Audience, Kind], words: str) -> None:
    audience, kind = told
    texts = [
        plain(Messages().render(sample.notice(audience, "uk"), now=sample.now)) for sample, _ in samples(kind, audience)
    ]
    assert any(words in text for text in texts), texts
