"""`vistka texts`: messages as they will look, and what is wrong with a shop's own."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from local.standins.telegram_html import MarkupError, parse_html
from vistka.cli.main import cli
from vistka.cli.texts.checking import variables
from vistka.cli.texts.looks import in_terminal
from vistka.domain.notices import Kind
from vistka.texts.own import built_in, replaceable
from vistka.texts.telegram_markup import refused


class Shop:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, name: str, text: str | bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def run(self, command: str, *args: str) -> Result:
        return CliRunner().invoke(cli, ["texts", command, *args, "--folder", str(self.folder)], prog_name="vistka")

    def faults(self) -> list[dict[str, object]]:
        result = self.run("check", "--json")
        found = json.loads(result.stdout)["faults"]
        assert result.exit_code == (1 if found else 0), result.output
        return list(found)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "texts")


# --- check --------------------------------------------------------------------------------------------------------


def test_no_texts_of_ones_own_is_well(shop: Shop) -> None:
    result = shop.run("check")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "the built-in ones are sent" in result.stderr


def test_copies_of_all_built_in_texts_are_well(shop: Shop) -> None:
    for language in ("uk", "en", "ru"):
        for name in replaceable():
            shop.put(f"{language}/{name}", built_in(language, name).read_bytes())
    result = shop.run("check")
    assert result.exit_code == 0, result.output
    assert result.stdout.count("✓") == 3 * len(replaceable())


@pytest.mark.parametrize(
    ("text", "line", "fault", "hint"),
    [
        ("{{ order }}\n{{ plase.number }}", 2, "there is no variable 'plase'", "did you mean place? there are "),
        ("{{ order }}\n\n{{ place.adress }}", 3, "there is no 'adress' in that", "it has address, number, word"),
        ("{{ order }}\n{% if sum %}\n", 2, "Unexpected end of template", "every if its endif"),
        ("{{ order }\n", 1, "unexpected '}'", "needs its }}"),
        ("{{ order|shout }}", 1, "No filter named 'shout'", "ours are day, moment, money, month, number, plural"),
        ("{{ order }} {{ sum|money }}", 1, "speaks of something that may not be known", "ask first: {% if"),
        ("{{ order }} {{ 1 / 0 }}", 1, "ZeroDivisionError", "seen in: buyer_waiting, at a branch"),
        ("{{ order }}\n{% include 'mine.j2' %}", 2, "there is no file 'mine.j2'", None),
        ("{{ order }}\n{% for i in range(10**12) %}{% endfor %}", 2, "a range of more than 100 numbers", "at a branch"),
        (
            "{{ order }}" + "{% for i in range(90) %}" * 5 + "{% endfor %}" * 5,
            1,
            "takes more than 10000 steps",
            "is short",
        ),
        ("{{ order }}\n\n{{ 'x' * 10**9 }}", 3, "longer than 10000 characters by '*'", "seen in: buyer_waiting"),
        ("<b>{{ order }}", 1, "<b> is not closed", "seen in: buyer_waiting, at a branch"),
        ("<h1>{{ order }}</h1>", 1, "Telegram knows no <h1>", "at a branch"),
        ("{{ order }}\n<a>x</a>", 2, "a link leads nowhere", "at a branch"),
        ("{{ order }}\n1 < 2", 2, "a '<' of the text itself must be written as &lt;", "at a branch"),
        ("{{ order }} <b>x</i>", 1, "</i> closes what is not open", "at a branch"),
        ("{{ order }} " + "довго " * 700, None, "and Telegram takes 4096", "at a branch"),
        ("Ура! Посилка чекає.", None, "does not say which order it is about", "write {{ order }}"),
        ("{{ reason }}", None, "says nothing", "at a branch"),
        (b"\xcf\xf0\xe8\xe2\xb3\xf2", None, "is not UTF-8", "save it as UTF-8"),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_what_to_do(
    shop: Shop, text: str | bytes, line: int | None, fault: str, hint: str | None
) -> None:
    shop.put("uk/buyer_waiting.j2", text)
    (found,) = shop.faults()
    assert (found["file"], found["line"]) == ("uk/buyer_waiting.j2", line)
    assert fault in str(found["text"])
    assert hint is None or hint in str(found["hint"])


@pytest.mark.parametrize(
    ("name", "fault", "hint"),
    [
        ("uk/buyer_wating.j2", "is the name of no message", "did you mean buyer_waiting.j2?"),
        ("uk/bot_help.j2", "is the name of no message", "`vistka texts preview` lists them"),
        ("de/buyer_waiting.j2", "lies in no language's folder", "put it into uk/, en/, ru/"),
        ("buyer_waiting.j2", "lies in no language's folder", "put it into uk/, en/, ru/"),
        ("uk/new/buyer_waiting.j2", "lies in no language's folder", "put it into uk/, en/, ru/"),
    ],
)
def test_a_file_that_nothing_is_told_by_is_named(shop: Shop, name: str, fault: str, hint: str) -> None:
    shop.put(name, "{{ order }}")
    (found,) = shop.faults()
    assert (found["file"], found["text"]) == (name, fault)
    assert hint in str(found["hint"])


def test_parts_that_lack_something_are_named_by_what_needs_it(shop: Shop) -> None:
    shop.put("uk/_parts.j2", "{% macro number() %}{{ ttn }}{% endmacro %}")
    found = shop.faults()
    assert {one["file"] for one in found} == {"uk/_parts.j2"}
    assert {one["text"] for one in found} >= {"there is no part 'track'", "there is no part 'why'"}
    assert all("needs it; the built-in _parts.j2 has it" in str(one["hint"]) for one in found)


def test_people_see_the_place_the_fault_and_what_to_do(shop: Shop) -> None:
    shop.put("uk/buyer_waiting.j2", "{{ order }}\n{{ plase }}")
    shop.put("uk/buyer_received.j2", "<b>{{ order }}</b>")
    result = shop.run("check")
    assert result.exit_code == 1
    first, second, third = result.stdout.splitlines()
    assert first == "✓ uk/buyer_received.j2"
    assert second == "✗ uk/buyer_waiting.j2:2  there is no variable 'plase'"
    assert third.startswith("  did you mean place?")
    assert "error: 1 fault in 1 file" in result.stderr


def test_every_variable_of_the_page_about_texts_is_there() -> None:
    page = (Path(__file__).parents[3] / "docs/texts.md").read_text(encoding="utf-8")
    table = page.partition("| variable |")[2].partition("\n\n")[0]
    cells = [row.split("|")[1].replace("`", "").split(", ") for row in table.splitlines()[2:]]
    assert {name.split(".")[0].strip() for names in cells for name in names} <= variables()


# --- what Telegram refuses --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "html",
    [
        "<b>x</b>", "a &lt; b", "<b><i>x</i></b>", "<b>x", "x</b>", "<b>x</i>", "<h1>x</h1>", "<b", "a < b", "<br>",
        "<span>x</span>", '<span class="tg-spoiler">x</span>', "<code>x</code>", "<pre><code>x</code></pre>",
        "<blockquote>x</blockquote>", "<B>x</B>", '<a href="https://x.example/?a=1&amp;b=2">x</a>',
        "<tg-spoiler>x</tg-spoiler>",
    ],
)  # fmt: skip
def test_what_is_refused_is_what_the_stand_in_refuses(html: str) -> None:
    try:
        parse_html(html)
    except MarkupError:
        assert refused(html) is not None
    else:
        assert refused(html) is None


# --- preview ----------------------------------------------------------------------------------------------------------


def test_a_kind_is_shown_as_people_read_it(shop: Shop) -> None:
    result = shop.run("preview", "last_day", "--audience", "buyer", "--language", "en")
    assert result.exit_code == 0, result.output
    assert "last_day → buyer, tomorrow" in result.stdout
    assert "⏰ Tomorrow is the last day of free storage for your order TWC09092025N01." in result.stdout
    assert "<b>" not in result.stdout
    assert "shop" not in result.stdout
    assert "4 messages; nothing was sent" in result.stderr


def test_all_kinds_are_shown(shop: Shop) -> None:
    result = shop.run("preview")
    assert {line.partition(" → ")[0] for line in result.stdout.splitlines() if " → " in line} >= {
        str(kind) for kind in (Kind.WAITING, Kind.REFUSED, Kind.RETURN_WAITING, Kind.DIGEST, Kind.SECOND_CHAT)
    }


def test_an_own_text_is_shown_with_its_file_and_a_broken_one_with_its_fault(shop: Shop) -> None:
    shop.put("uk/buyer_waiting.j2", "<b>Ура, {{ order }}!</b>")
    shop.put("uk/shop_waiting.j2", "{{ plase }}")
    result = shop.run("preview", "waiting")
    assert result.stdout.count("yours: uk/buyer_waiting.j2") == 2
    assert "Ура, TWC09092025N01!" in result.stdout
    assert "uk/shop_waiting.j2: cannot be told: UndefinedError in line 1; the built-in text is sent" in result.stderr
    assert "чекає на покупця" in result.stdout
    assert "Ура" not in shop.run("preview", "waiting", "--built-in").stdout


def test_the_page_is_a_chat_of_each_audience_and_asks_for_nothing(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    result = shop.run("preview", "refused", "--html", str(file))
    assert result.exit_code == 0, result.output
    page = file.read_text(encoding="utf-8")
    assert page.count("<section>") == 2
    assert "<b>Відмова від посилки" in page.replace("↩️ ", "")
    assert '<html lang="uk">' in page
    assert "src=" not in page
    assert "url(" not in page
    assert "4 messages in" in result.stderr
    assert shop.run("preview", "refused", "--html", "-").stdout.rstrip("\n") == page.rstrip("\n")


def test_a_page_that_cannot_be_written_is_one_line(shop: Shop, tmp_path: Path) -> None:
    result = shop.run("preview", "--html", str(tmp_path / "nowhere" / "page.html"))
    assert result.exit_code == 1
    assert "cannot be written: No such file or directory" in result.stderr


def test_a_kind_that_there_is_not_is_named_with_those_there_are(shop: Shop) -> None:
    result = shop.run("preview", "wating")
    assert result.exit_code == 2
    assert "'wating' is no kind of message; those are not_handed_over, on_its_way" in result.stderr


def test_a_terminal_shows_bold_code_and_links() -> None:
    text = in_terminal('<b>a</b> <code>1</code> <a href="https://x.example/">there</a> &lt;b&gt; <i>i</i>')
    assert text.plain == "a 1 there <b> i"
    styles = {text.plain[span.start : span.end]: span.style for span in text.spans}
    assert (styles["a"].bold, styles["i"].italic) == (True, True)  # type: ignore[union-attr]
    assert styles["there"].link == "https://x.example/"  # type: ignore[union-attr]


# --- copy -------------------------------------------------------------------------------------------------------------


def test_a_text_is_copied_to_be_changed_and_what_lies_there_stays(shop: Shop) -> None:
    result = shop.run("copy", "buyer_waiting", "refused", "--language", "uk", "--language", "en")
    assert result.exit_code == 0, result.output
    names = ["uk/buyer_refused.j2", "uk/buyer_waiting.j2", "uk/shop_refused.j2"]
    assert sorted(path.relative_to(shop.folder).as_posix() for path in shop.folder.rglob("uk/*")) == names
    assert (shop.folder / "en/buyer_waiting.j2").read_bytes() == built_in("en", "buyer_waiting.j2").read_bytes()
    shop.put("uk/buyer_waiting.j2", "{{ order }}")
    again = shop.run("copy", "buyer_waiting")
    assert again.exit_code == 1
    assert "is there already, and stays" in again.stderr
    assert (shop.folder / "uk/buyer_waiting.j2").read_text(encoding="utf-8") == "{{ order }}"


def test_a_text_that_there_is_not_is_named_with_those_there_are(shop: Shop) -> None:
    result = shop.run("copy", "bot_help")
    assert result.exit_code == 2
    assert "'bot_help' is no text; those are _parts, buyer_coming_back" in result.stderr
