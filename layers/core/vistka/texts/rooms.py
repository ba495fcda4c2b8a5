"""Where a language's templates live: escaping is on, and plurals, dates and sums are that language's."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from vistka.texts.language import Language


@cache
def room(code: str) -> Environment:
    """The templates of one language, `code` being the name of its folder. What is not ours is escaped without being
    asked to (F14)."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / code),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        auto_reload=False,
    )
    environment.filters.update(Language(code).filters)
    return environment
