"""Messages: a notice becomes Telegram HTML, from one template for each audience and kind."""

from datetime import datetime
from typing import Any

from jinja2 import TemplateError, TemplateNotFound

from vistka.domain.errors import ConfigurationError
from vistka.domain.languages import DEFAULT_LANGUAGE, LANGUAGES
from vistka.domain.notices import Notice
from vistka.texts.details import details
from vistka.texts.rooms import room, written


class Messages:
    """ports.Texts. What is not ours is escaped in every template, without being asked to (F14)."""

    def render(self, notice: Notice, *, now: datetime) -> str:
        """The message as Telegram HTML, dated as seen at `now` (aware), in Kyiv time.

        A payload that lacks something makes a shorter message. Raises ConfigurationError for an audience and kind that
        have no text.
        """
        return rendered(f"{notice.audience}_{notice.kind}.j2", notice.language, details(notice, now=now))


def rendered(name: str, language: str, values: dict[str, Any]) -> str:
    """Raises ConfigurationError for a text that there is not, or that is broken."""
    code = language if language in LANGUAGES else DEFAULT_LANGUAGE
    try:
        return written(room(code), name, values)
    except TemplateNotFound as error:
        raise ConfigurationError(f"there is no text {code}/{error.name}") from None
    except TemplateError as error:
        raise ConfigurationError(f"the text {code}/{name} is broken ({type(error).__name__})") from None
