"""Messages: a notice becomes Telegram HTML, from one template for each audience and kind."""

import re
from datetime import datetime
from typing import Final

from jinja2 import TemplateError, TemplateNotFound

from vistka.domain.errors import ConfigurationError
from vistka.domain.notices import Notice
from vistka.texts.details import details
from vistka.texts.rooms import room

#: The language for whom none is known, or one that we do not write yet.
DEFAULT_LANGUAGE: Final = "uk"
LANGUAGES: Final = frozenset({"uk"})


class Messages:
    """ports.Texts. What is not ours is escaped in every template, without being asked to (F14)."""

    def render(self, notice: Notice, *, now: datetime) -> str:
        """The message as Telegram HTML, dated as seen at `now` (aware), in Kyiv time.

        A payload that lacks something makes a shorter message. Raises ConfigurationError for an audience and kind that
        have no text.
        """
        code = notice.language if notice.language in LANGUAGES else DEFAULT_LANGUAGE
        name = f"{notice.audience}_{notice.kind}.j2"
        try:
            message = room(code).get_template(name).render(details(notice, now=now))
        except TemplateNotFound as error:
            raise ConfigurationError(f"there is no text {code}/{error.name}") from None
        except TemplateError as error:
            raise ConfigurationError(f"the text {code}/{name} is broken ({type(error).__name__})") from None
        return re.sub(r"\n{3,}", "\n\n", message).strip()
