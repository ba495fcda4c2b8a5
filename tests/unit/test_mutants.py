"""What `make mutants` makes of its results."""

import re
from datetime import date
from pathlib import Path

from tests.mutants_report import Mutant, Survivors, read_results, report, with_table

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 23)
LISTED = """# Mutants

| module | mutants | killed | timeouts | survivors | % | date |
| --- | --: | --: | --: | --: | --: | --- |
| domain/gone.py | 9 | 9 | 0 | 0 | 100.0 | 2026-01-01 |
| domain/old.py | 10 | 6 | 2 | 2 | 80.0 | 2026-01-01 |
| domain/telling.py | 1 | 1 | 0 | 0 | 100.0 | 2026-01-01 |
| **total** | 20 | 16 | 2 | 2 | 90.0 | 2026-01-01 |

## Survivors

### domain/telling.py is_old
Equal moments cannot be told apart.
- `a >= b` for `a > b`

### domain/telling.py tell
- `without` for `a = b`
"""

#: As mutmut writes it.
GENERIC = """
def x_first__mutmut_orig[T](items: list[T]) -> T:
    return items[0]


def x_first__mutmut_1[T](items: list[T]) -> T:
    return items[1]
"""


def mutant(code: int | None, *, function: str = "is_old", was: str = "a > b", became: str = "a >= b") -> Mutant:
    return Mutant(file="domain/telling.py", function=function, was=was, became=became, code=code)


def good(*mutants: Mutant) -> bool:
    return report([*mutants, *[mutant(1)] * 20], Survivors.read(LISTED))[1]


def test_every_survivor_has_its_reason() -> None:
    assert good(mutant(0))
    assert not good(mutant(0, function="tell"))
    assert not good(mutant(0, was="a < b"))


def test_one_without_a_reason_is_not_explained_and_is_printed_to_be_listed() -> None:
    missing = mutant(0, function="tell", was="a = b", became="")
    lines, enough = report([missing, *[mutant(1)] * 20], Survivors.read(LISTED))
    assert not enough
    assert lines[lines.index("### domain/telling.py tell") + 1] == "- `without` for `a = b`"


def test_below_nine_in_ten_is_not_enough_whatever_the_reasons() -> None:
    assert not report([mutant(0), *[mutant(1)] * 8], Survivors.read(LISTED))[1]
    assert report([mutant(0), *[mutant(1)] * 9], Survivors.read(LISTED))[1]


def test_one_that_no_test_comes_by_has_survived_and_one_without_an_end_has_not() -> None:
    assert [mutant(code).state for code in (33, 5, 1, 3, -24, None)] == [
        "survived",
        "survived",
        "killed",
        "killed",
        "timeout",
        "not tried",
    ]


def test_the_table_has_what_was_tried_whole_anew_keeps_the_rest_and_forgets_what_is_gone() -> None:
    scope = {"domain/old.py", "domain/telling.py"}
    whole = with_table(LISTED, [mutant(0), mutant(1), mutant(-24), mutant(1)], TODAY, scope=scope)
    assert "| domain/telling.py | 4 | 2 | 1 | 1 | 75.0 | 2026-11-23 |" in whole
    assert "| domain/old.py | 10 | 6 | 2 | 2 | 80.0 | 2026-01-01 |" in whole
    assert "| **total** | 14 | 8 | 3 | 3 | 78.6 | 2026-01-01 |" in whole
    assert "gone" not in whole
    assert whole.partition("## Survivors")[2] == LISTED.partition("## Survivors")[2]
    partly = with_table(LISTED, [mutant(0), mutant(None)], TODAY, scope=scope)
    assert "| domain/telling.py | 1 | 1 | 0 | 0 | 100.0 | 2026-01-01 |" in partly


def test_a_table_is_begun_where_there_is_none() -> None:
    assert with_table("# Mutants\n", [mutant(1)], TODAY, scope=()).endswith(
        "| **total** | 1 | 1 | 0 | 0 | 100.0 | 2026-11-23 |\n"
    )


def test_no_reason_is_left_of_a_function_that_is_gone() -> None:
    listed = Survivors.read((ROOT / "tests/mutants.md").read_text(encoding="utf-8")).listed
    assert listed
    for file, _, function in (place.partition(" ") for place, _ in listed):
        code = (ROOT / "layers/core/vistka" / file).read_text(encoding="utf-8")
        assert re.search(rf"\bdef {function.rpartition('.')[2]}[(\[]", code), f"{file} {function}"


def test_a_mutant_is_named_by_what_it_changes_alone(tmp_path: Path) -> None:
    folder = tmp_path / "mutants/src/vistka/domain"
    folder.mkdir(parents=True)
    (folder / "sums.py").write_text(GENERIC, encoding="utf-8")
    (folder / "sums.py.meta").write_text('{"exit_code_by_key": {"vistka.domain.sums.x_first__mutmut_1": 0}}')
    (one,) = read_results(tmp_path)
    assert (one.place, one.change) == ("domain/sums.py first", "`return items[1]` for `return items[0]`")
