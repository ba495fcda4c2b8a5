"""A person's chat with the bot of the world that is up: `python -m local.chat [--chat NUMBER] [--name NAME]`.

Type what the person types (`/start …`, or the whole link); a number presses that button of the last message; `block`
and `unblock` do that; an empty line shows what has arrived meanwhile; `quit` or Ctrl-D ends it. Reads a pipe as well.
"""

import argparse
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import requests

from local.world.__main__ import FOLDER
from local.world.world import World

_CHAT: Final = 600_500_001
_LINK: Final = re.compile(r"https://t\.me/\w+\?start=([\w-]+)")
#: Seconds until the bot has taken what was typed; its first answer may have to start a function.
_WAIT: Final = 30


@dataclass(slots=True)
class Talk:
    """`seen` is the last message that was shown."""

    control_url: str
    chat: int = _CHAT
    name: str = "Олена"
    seen: int = 0
    buttons: list[str] = field(default_factory=list)

    def do(self, line: str) -> Iterator[str]:
        """What the person sees after it."""
        line = line.strip()
        match line:
            case "block" | "unblock":
                yield from self._ask(line)
            case _ if line.isdecimal() and 0 < int(line) <= len(self.buttons):
                yield from self._ask("press", button=self.buttons[int(line) - 1])
            case _ if line:
                link = _LINK.fullmatch(line)
                yield from self._ask("type", text=f"/start {link[1]}" if link else line, name=self.name)
        yield from self.arrived()

    def arrived(self) -> Iterator[str]:
        told = requests.get(
            f"{self.control_url}/messages", params={"chat_id": self.chat, "after": self.seen}, timeout=_WAIT
        )
        for message in told.json()["messages"]:
            self.seen = message["message_id"]
            yield from self._shown(message)

    def _ask(self, what: str, **body: Any) -> Iterator[str]:
        url = f"{self.control_url}/chats/{self.chat}/{what}"
        told = requests.post(url, json={**body, "wait": _WAIT}, timeout=2 * _WAIT).json()
        if "error" in told:
            yield f"  ({told['error']})"
        elif not told["taken"]:
            yield "  (the bot does not take it: see `vistka bot status`)"

    def _shown(self, message: dict[str, Any]) -> Iterator[str]:
        yield ""
        for line in message["text"].splitlines():
            yield f"  │ {line}".rstrip()
        rows = (message["markup"] or {}).get("inline_keyboard", [])
        self.buttons = [button["text"] for row in rows for button in row]
        if self.buttons:
            yield "  ╰ " + "   ".join(f"[{number}] {label}" for number, label in enumerate(self.buttons, start=1))


def talk(control_url: str, lines: Iterable[str], *, chat: int = _CHAT, name: str = "Олена") -> Iterator[str]:
    """A whole conversation: each line, and what comes of it."""
    person = Talk(control_url=control_url, chat=chat, name=name)
    yield from person.arrived()
    for line in lines:
        if line.strip() == "quit":
            return
        yield from person.do(line)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m local.chat", description=__doc__)
    parser.add_argument("--chat", type=int, default=_CHAT, help="the chat's number; negative for a group")
    parser.add_argument("--name", default="Олена", help="the person's name")
    chosen = parser.parse_args(arguments)
    world = World.find(FOLDER)
    if world is None:
        print("the local world is not up (make up starts it)", file=sys.stderr)
        return 1
    lines = _typed() if sys.stdin.isatty() else sys.stdin
    try:
        for line in talk(world.facts.control_url, lines, chat=chosen.chat, name=chosen.name):
            print(line, flush=True)
    except requests.ConnectionError:
        print("the stand-ins do not answer", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print()
    return 0


def _typed() -> Iterator[str]:
    while True:
        try:
            yield input("\n> ")
        except EOFError:
            return


if __name__ == "__main__":
    sys.exit(main())
