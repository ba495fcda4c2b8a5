"""What planted bugs are made with: a module's name put in another's place for a while, and a part that stands before
the real one."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final

#: The first that any order of a seed has.
ONE_CHAT: Final = 7_700_000_001


def patched(owner: Any, **names: Any) -> Callable[[], AbstractContextManager[None]]:
    """The names of a module or class, replaced as long as a seed runs."""

    @contextmanager
    def patch() -> Iterator[None]:
        before = {name: owner.__dict__[name] for name in names}
        for name, value in names.items():
            setattr(owner, name, value)
        try:
            yield
        finally:
            for name, value in before.items():
                setattr(owner, name, value)

    return patch


class Before:
    """Stands before a part of the world and passes on what it does not do itself."""

    def __init__(self, behind: Any) -> None:
        self.behind = behind

    def __getattr__(self, name: str) -> Any:
        return getattr(self.behind, name)
