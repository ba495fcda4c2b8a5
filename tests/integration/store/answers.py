"""Answers of DynamoDB put in the place of the real ones."""

from typing import Any


class Answers:
    """Answers of DynamoDB put in the place of the next ones, by operation."""

    def __init__(self) -> None:
        self.waiting: dict[str, list[Any]] = {}

    def next(self, operation: str, *answers: Any) -> None:
        self.waiting[operation] = list(answers)

    def error(self, operation: str, code: str, **more: Any) -> None:
        body = {"Error": {"Code": code, "Message": "secret of 380671234567"}, "ResponseMetadata": {}, **more}
        self.next(operation, (Status(400), body))

    def take(self, model: Any, **_: Any) -> Any:
        waiting = self.waiting.get(model.name)
        return waiting.pop(0) if waiting else None


class Status:
    def __init__(self, status_code: int) -> None:
        self.status_code = status_code
