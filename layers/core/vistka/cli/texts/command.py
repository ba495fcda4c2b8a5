"""`vistka texts`: what people will read, and texts of the shop's own in the place of ours."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from vistka.cli.failures import Failure, WrongUse
from vistka.cli.options import json_option
from vistka.cli.render import count, errors, plain, print_json, results, show
from vistka.domain.languages import DEFAULT_LANGUAGE, LANGUAGES
from vistka.domain.notices import Audience, Kind

if TYPE_CHECKING:
    from vistka.cli.texts.checking import Fault
    from vistka.cli.texts.looks import Chat
    from vistka.texts.samples import Sample

_AUDIENCES: Final = (Audience.BUYER, Audience.SHOP)

_folder = click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where your own texts lie. Default: layers/core/texts, which is shipped.",
)


@click.group(short_help="Look at the messages, and replace them by your own.")
def texts() -> None:
    """Look at every message, and put a text of your own in its place.

    A file of your own lies in layers/core/texts/<language>/ under the name of the one that it replaces, such as
    uk/buyer_waiting.j2. Updates never touch it; the next deployment ships it. One that is broken never loses a message:
    the built-in text is sent, and the log says why.

    \b
    Examples:
      vistka texts preview waiting            as it will look
      vistka texts copy buyer_waiting         the built-in text, to be changed
      vistka texts check                      what is wrong with yours
    """


@texts.command(short_help="Every message as it will look.")
@click.argument("kind", required=False, metavar="[KIND]")
@click.option("--language", type=click.Choice(LANGUAGES), help="Default: uk.")
@click.option("--audience", type=click.Choice([str(one) for one in _AUDIENCES]), help="Default: both.")
@click.option(
    "--html", "page", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path), help="Write a page like a chat."
)
@click.option("--built-in", is_flag=True, help="As if there were none of your own.")
@_folder
def preview(
    *,
    kind: str | None,
    language: str | None,
    audience: str | None,
    page: Path | None,
    built_in: bool,
    folder: Path | None,
) -> None:
    """Show messages about invented parcels: all of them, or those of one KIND (waiting, last_day, refused, ...).

    Yours are shown where there are any, with the file's name.

    \b
    Examples:
      vistka texts preview
      vistka texts preview last_day --language en --audience buyer
      vistka texts preview --html messages.html
    """
    previewed = list(
        _previewed(
            _kind(kind),
            Audience(audience) if audience else None,
            language or DEFAULT_LANGUAGE,
            own=None if built_in else _own(folder),
        )
    )
    if page is not None:
        _write(page, previewed, language or DEFAULT_LANGUAGE)
        return
    for one in previewed:
        results().print(one.title, style="bold magenta")
        if one.file:
            results().print(f"yours: {one.file}", style="dim")
        for fault in one.faults:
            errors().print(plain(f"{one.file}: {fault}; the built-in text is sent"), style="yellow")
        from vistka.cli.texts.looks import in_terminal  # noqa: PLC0415

        show(in_terminal(one.html))
        show("")
    errors().print(f"{count(len(previewed), 'message')}; nothing was sent")


@texts.command(short_help="What is wrong with your own texts.")
@_folder
@json_option
def check(*, folder: Path | None, as_json: bool) -> None:
    """Try each of your texts on invented parcels, and on one of which nothing is known.

    Found are: what cannot be read, a variable or a part that there is not, markup that Telegram refuses, a message that
    is too long or does not say which order it is about, a file whose name nothing is told by.

    \b
    Examples:
      vistka texts check
      vistka texts check --json

    Exit code: 0 all can be told, 1 some cannot.
    """
    from vistka.cli.texts.checking import check as checked  # noqa: PLC0415 -- Jinja and Babel are slow to load

    own = _own(folder)
    found = checked(own)
    faults = [fault for one in found for fault in one.faults]
    if as_json:
        print_json({"folder": str(own), "files": [one.file for one in found], "faults": [_to_dict(f) for f in faults]})
    for one in found if not as_json else ():
        if not one.faults:
            results().print(f"✓ {plain(one.file)}", style="green")
        for fault in one.faults:
            results().print(f"✗ {plain(fault.place)}  {plain(fault.text)}", style="red", soft_wrap=True)
            if fault.hint:
                results().print(f"  {plain(fault.hint)}", style="dim", soft_wrap=True)
    if not found:
        errors().print("no texts of your own: the built-in ones are sent (`vistka texts copy` makes one to change)")
    if faults:
        raise Failure(f"{count(len(faults), 'fault')} in {count(len({f.file for f in faults}), 'file')}")


@texts.command(short_help="Copy a built-in text, to change it.")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option(
    "--language", "languages", multiple=True, type=click.Choice(LANGUAGES), help="Default: uk; may be repeated."
)
@_folder
def copy(*, names: tuple[str, ...], languages: tuple[str, ...], folder: Path | None) -> None:
    """Copy built-in texts to where yours lie. NAME is a file's (buyer_waiting, shop_refused, _parts) or a kind's, which
    copies the buyer's and the shop's. What lies there already stays.

    \b
    Examples:
      vistka texts copy buyer_waiting
      vistka texts copy refused --language uk --language ru

    Exit code: 0 copied, 1 some lay there already, 2 no such text.
    """
    from vistka.texts.own import built_in as source  # noqa: PLC0415

    own, kept = _own(folder), 0
    for name in dict.fromkeys(file for each in names for file in _files(each)):
        for language in languages or (DEFAULT_LANGUAGE,):
            target = own / language / name
            if target.exists():
                errors().print(f"{plain(str(target))} is there already, and stays", style="yellow")
                kept += 1
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source(language, name).read_bytes())
            click.echo(str(target))
    if kept:
        sys.exit(1)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Previewed:
    sample: "Sample"
    audience: Audience
    html: str
    file: str
    faults: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"{self.sample.kind} → {self.audience}, {self.sample.what}"


def _previewed(
    kind: Kind | None, audience: Audience | None, language: str, *, own: Path | None
) -> Iterator[_Previewed]:
    from vistka.texts.render import Messages  # noqa: PLC0415 -- Jinja and Babel are slow to load
    from vistka.texts.samples import samples  # noqa: PLC0415

    for sample, hearer in samples(kind, audience):
        faults: list[str] = []
        messages = Messages(own, broken=lambda _file, reason, faults=faults: faults.append(reason))  # type: ignore[misc]
        html = messages.render(sample.notice(hearer, language), now=sample.now)
        name = f"{language}/{hearer}_{sample.kind}.j2"
        yours = own is not None and (own / name).is_file()
        yield _Previewed(
            sample=sample, audience=hearer, html=html, file=name if yours else "", faults=tuple(faults) if yours else ()
        )


def _write(path: Path, previewed: list[_Previewed], language: str) -> None:
    from vistka.cli.texts.looks import Chat, Shown, page  # noqa: PLC0415

    def chat(audience: Audience) -> "Chat":
        return Chat(
            name={Audience.BUYER: "The shop's bot", Audience.SHOP: "The shop's own chat"}[audience],
            note={Audience.BUYER: "what a buyer reads", Audience.SHOP: "what the shop reads"}[audience],
            messages=tuple(
                Shown(title=f"{one.sample.kind}, {one.sample.what}", html=one.html, at=one.sample.now, file=one.file)
                for one in previewed
                if one.audience is audience
            ),
        )

    written = page((made for audience in _AUDIENCES if (made := chat(audience)).messages), language=language)
    if str(path) == "-":
        click.echo(written)
        return
    try:
        path.write_text(written, encoding="utf-8")
    except OSError as error:
        raise Failure(f"{path} cannot be written: {error.strerror}") from error
    errors().print(f"{count(len(previewed), 'message')} in {plain(str(path))}; open it in a browser")


def _kind(name: str | None) -> Kind | None:
    from vistka.texts.samples import SAMPLES  # noqa: PLC0415

    told = dict.fromkeys(sample.kind for sample in SAMPLES)
    if name is None:
        return None
    if name in Kind and Kind(name) in told:
        return Kind(name)
    raise WrongUse(f"{name!r} is no kind of message; those are {', '.join(told)}")


def _files(name: str) -> tuple[str, ...]:
    """The built-in files that a name on the command line means."""
    from vistka.texts.own import replaceable  # noqa: PLC0415

    file = name if name.endswith(".j2") else f"{name}.j2"
    found = tuple(one for one in replaceable() if one in {file, f"buyer_{file}", f"shop_{file}"})
    if not found:
        known = ", ".join(one.removesuffix(".j2") for one in replaceable())
        raise WrongUse(f"{name!r} is no text; those are {known}")
    return found


def _own(folder: Path | None) -> Path:
    from vistka.texts.own import OWN  # noqa: PLC0415

    return folder if folder is not None else OWN


def _to_dict(fault: "Fault") -> dict[str, object]:
    return {"file": fault.file, "line": fault.line or None, "text": fault.text, "hint": fault.hint or None}
