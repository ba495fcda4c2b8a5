"""Why a local world could not be made."""

from pathlib import Path

_LINES = 15


class WorldError(Exception):
    """A line for a person, with the end of a log where one tells more."""

    def __init__(self, text: str, *, log: Path | None = None) -> None:
        super().__init__(text)
        self.log = log

    def __str__(self) -> str:
        text = str(self.args[0])
        if self.log is None:
            return text
        return f"{text}; the end of {self.log}:\n{_tail(self.log)}"


def _tail(log: Path) -> str:
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return "  (no log)"
    return "\n".join(f"  {line}" for line in lines[-_LINES:])
