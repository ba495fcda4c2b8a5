"""A person at a terminal, asked."""

import sys
from typing import Protocol

import click


class Prompt(Protocol):
    """A person at a terminal. Each raises click.Abort when they leave."""

    @property
    def there(self) -> bool: ...

    def text(self, question: str) -> str: ...

    def secret(self, question: str) -> str:
        """What is typed is not shown."""
        ...

    def sure(self, question: str, *, default: bool) -> bool: ...


class Terminal:
    @property
    def there(self) -> bool:
        return sys.stdin.isatty()

    def text(self, question: str) -> str:
        return str(click.prompt(question, default="", show_default=False, err=True))

    def secret(self, question: str) -> str:
        return str(click.prompt(question, default="", show_default=False, hide_input=True, err=True))

    def sure(self, question: str, *, default: bool) -> bool:
        return bool(click.confirm(question, default=default, err=True))
