"""Where a language's templates live: escaping is on, and plurals, dates and sums are that language's."""

import html
import re
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Undefined

from vistka.texts.language import Language

#: Stands where nothing is known, until the line is judged. No text of others holds it: `details.tidy`.
_NOTHING: Final = "\x00"
_EMPTY_LINE: Final = re.compile(r"^[^\S\n]*\x00[^\S\n\x00]*(?:\x00[^\S\n\x00]*)*(?:\n|\Z)", re.MULTILINE)


@cache
def room(code: str, own: Path | None = None) -> Environment:
    """The templates of one language, `code` being the name of its folder, and those that all languages share; before
    them those of `own`, a folder of the same form, and then with bounds.

    What is not ours is escaped without being asked to (F14)."""
    texts = Path(__file__).parent
    environment = _kind(own)(
        loader=FileSystemLoader([*([own / code] if own else []), texts / code, texts / "web"]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=_said,
        auto_reload=False,
    )
    environment.filters.update(Language(code).filters)
    return environment


def _kind(own: Path | None) -> type[Environment]:
    if own is None:
        return Environment
    from vistka.texts.bounds import BoundedEnvironment  # noqa: PLC0415 -- no start without such texts takes longer

    return BoundedEnvironment


def written(environment: Environment, name: str, values: dict[str, Any]) -> str:
    """The text of a template: a line on which nothing stands but what says nothing is left out, and so is an empty
    line beside another. Raises jinja2.TemplateError."""
    text = environment.get_template(name).render(values)
    text = _EMPTY_LINE.sub("", text).replace(_NOTHING, "")
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def spoken(environment: Environment, name: str, macro: str, *arguments: Any) -> str:
    """What one macro of a template says, on one line and without markup. Raises jinja2.TemplateError."""
    said = str(getattr(environment.get_template(name).module, macro)(*arguments))
    return html.unescape(" ".join(said.replace(_NOTHING, "").split()))


def _said(value: Any) -> Any:
    if isinstance(value, str):
        # A macro's own last line end is not that of the line on which it is called.
        return value.strip("\n") or _NOTHING
    # What `… if x` gives without an else. A name that nobody knows is a StrictUndefined, and raises.
    return _NOTHING if type(value) is Undefined else value
