"""What the pages of integrations/ say is so: links, settings, the codes of errors."""

import re
from pathlib import Path

import pytest

from tests.vectors import attempts
from vistka.adapters import shop_http_answers, shop_http_orders

FOLDER = Path(__file__).resolve().parents[2] / "integrations"
APP = FOLDER / "django" / "vistka_django"


def text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def codes_of(page: str) -> set[str]:
    """Of the table of errors."""
    table = page[page.index("## Errors") :]
    return {code for line in table.splitlines() if line.startswith("| `") for code in re.findall(r"`(\w+)`", line)}


@pytest.mark.parametrize("name", ["README.md", "PROTOCOL.md"])
def test_links_lead_somewhere(name: str) -> None:
    for target in re.findall(r"\]\(([^)\s#]+)[^)]*\)", text(name)):
        assert (FOLDER / target).exists(), target


def test_every_setting_of_the_django_app_is_in_the_readme() -> None:
    block = text("README.md").split("VISTKA = {", 1)[1].split("}\n   ```", 1)[0]
    told = set(re.findall(r'^\s+"([A-Z_]+)":', block, re.MULTILINE))
    known = set(re.findall(r'^    "([A-Z_]+)":', (APP / "conf.py").read_text(encoding="utf-8"), re.MULTILINE))
    assert told == known - {"STACK", "REGION"}
    assert all(f'"{name}"' in text("README.md") for name in known)


def test_every_setting_of_the_php_file_is_in_the_readme() -> None:
    readme = text("README.md").split("## PHP", 1)[1]
    for constant in ("DEFAULTS", "ORDERS", "ROWS", "PROFILES"):
        block = text("php/vistka.php").split(f"const VISTKA_{constant} = [", 1)[1].split("];", 1)[0]
        names = re.findall(r"'(\w+)' =>", block)
        assert names
        assert [name for name in names if f"`{name}`" not in readme] == []


def test_every_error_is_understood_and_told_by_both_servers() -> None:
    codes = codes_of(text("PROTOCOL.md"))
    read = (Path(shop_http_answers.__file__)).read_text(encoding="utf-8")
    django = "".join(file.read_text(encoding="utf-8") for file in APP.glob("*.py"))
    assert codes >= {code for *_, code in attempts() if code}
    for code in codes:
        assert f'"{code}"' in django, code
        assert f"'{code}'" in text("php/vistka.php"), code
        assert f'"{code}"' in read or code == "shop_unavailable", code  # whatever is not known is an outage


def test_every_reason_of_a_refused_row_is_understood() -> None:
    told = re.search(r"that the database would not take: (.*?); never its own words", text("PROTOCOL.md"), re.DOTALL)
    assert told
    reasons = set(re.findall(r"`(\w+)`", told[1])) - {"other"}
    assert reasons == set(shop_http_orders._REFUSALS)
