"""What a text of the shop's own may take: a slip in one neither holds up nor fills whoever renders it.

Apart from the built-in texts' environment: jinja2.sandbox is imported where a folder of the shop's has a text only.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from jinja2 import Template, nodes
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

#: Numbers that one `range` may have; a message lists a few things at most.
RANGE: Final = 100
#: Turns of loops and calls of macros in one message, of loops within loops too; ours take 7 at most.
STEPS: Final = 10_000
#: Characters, or items, of what `*` and `+` make, and digits of a number; Telegram takes 4096 characters.
SIZE: Final = 10_000


class TooMuch(Exception):
    """More than any message needs; says of what."""


class _Counted(Template):
    """Each message has the steps to itself; what it includes and imports shares them."""

    def render(self, *args: Any, **kwargs: Any) -> str:
        assert isinstance(self.environment, BoundedEnvironment)
        self.environment.left = STEPS
        return super().render(*args, **kwargs)


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """Raises TooMuch for a loop, a macro or a product without a likely end; and jinja2's SecurityError for what lies
    behind the values."""

    template_class = _Counted
    # These are computed at the rendering, too, and not while a file is read.
    intercepted_binops = frozenset({"*", "**", "+"})

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.left = STEPS
        self.globals["range"] = _short_range

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for loop in list(tree.find_all(nodes.For)):
            # Around what it goes through, as a loop with a condition of its own need not come to its body.
            loop.iter = _calling("counted", loop.lineno, loop.iter)
            _first(loop.body, loop.lineno)
        for macro in list(tree.find_all(nodes.Macro)):
            _first(macro.body, macro.lineno)
        return tree

    def step(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise TooMuch(f"takes more than {STEPS} steps: a loop or a macro without an end?")

    def counted(self, values: Iterable[Any]) -> Iterator[Any]:
        for value in values:
            self.step()
            yield value

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if _size_of(operator, left, right) > SIZE:
            raise TooMuch(f"makes something longer than {SIZE} characters by '{operator}'")
        return super().call_binop(context, operator, left, right)


def _first(body: list[nodes.Node], line: int) -> None:
    body.insert(0, nodes.ExprStmt(_calling("step", line), lineno=line))


def _calling(method: str, line: int, *arguments: Any) -> nodes.Call:
    of_ours = nodes.EnvironmentAttribute(method, lineno=line)
    return nodes.Call(of_ours, list(arguments), [], None, None, lineno=line)


def _short_range(*bounds: int) -> range:
    numbers = range(*bounds)
    # The length of all of them may be more than Python can say.
    if numbers[RANGE : RANGE + 1]:
        raise TooMuch(f"goes through a range of more than {RANGE} numbers")
    return numbers


def _size_of(operator: str, left: Any, right: Any) -> int:
    """What comes out, measured before it is made; 0 for what cannot be long."""
    if operator == "+":
        return _length(left) + _length(right)
    if operator == "**":
        return _digits(left) * right if isinstance(right, int) else 0
    for value, times in ((left, right), (right, left)):
        if isinstance(times, int) and hasattr(value, "__len__"):
            return _length(value) * times
    return _digits(left) + _digits(right)


def _length(value: Any) -> int:
    return len(value) if hasattr(value, "__len__") else 0


def _digits(value: Any) -> int:
    """About so many."""
    return value.bit_length() // 3 if isinstance(value, int) else 0
