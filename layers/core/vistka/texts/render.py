"""Messages: a notice becomes Telegram HTML, from one template for each audience and kind."""

import re
from datetime import datetime
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, TemplateNotFound

from vistka.domain.errors import ConfigurationError
from vistka.domain.notices import Notice
from vistka.texts.details import details
from vistka.texts.language import Language

#: The language for whom none is known, or one that we do not write yet.
DEFAULT_LANGUAGE: Final = "uk"
LANGUAGES: Final = frozenset({"uk"})


class Messages:
    """ports.Texts. What is not ours is escaped in every template, without being asked to (F14)."""

    def __init__(self) -> None:
        self._rooms: dict[str, tuple[Environment, Language]] = {}

    def render(self, notice: Notice, *, now: datetime) -> str:
        """The message as Telegram HTML, dated as seen at `now` (aware), in Kyiv time.

        A payload that lacks something makes a shorter message. Raises ConfigurationError for an audience and kind that
        have no text.
        """
        code = notice.language if notice.language in LANGUAGES else DEFAULT_LANGUAGE
        environment, _ = self._room(code)
        name = f"{notice.audience}_{notice.kind}.j2"
        try:
            message = environment.get_template(name).render(details(notice, now=now))
        except TemplateNotFound as error:
            raise ConfigurationError(f"there is no text {code}/{error.name}") from None
        except TemplateError as error:
            raise ConfigurationError(f"the text {code}/{name} is broken ({type(error).__name__})") from None
        return re.sub(r"\n{3,}", "\n\n", message).strip()

    def _room(self, code: str) -> tuple[Environment, Language]:
        if code not in self._rooms:
            language = Language(code)
            environment = Environment(
                loader=FileSystemLoader(Path(__file__).parent / code),
                autoescape=True,
                trim_blocks=True,
                lstrip_blocks=True,
                undefined=StrictUndefined,
                auto_reload=False,
            )
            environment.filters.update(language.filters)
            self._rooms[code] = (environment, language)
        return self._rooms[code]
