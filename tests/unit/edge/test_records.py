"""What becomes of a queue's messages, one by one and group by group."""

from typing import Any

from vistka.edge.records import ComesAgain, Record, records_of, response_of


def event(*groups: str) -> dict[str, Any]:
    return {
        "Records": [
            {"messageId": str(n), "receiptHandle": f"r{n}", "body": f"b{n}", "attributes": {"MessageGroupId": group}}
            for n, group in enumerate(groups)
        ]
    }


def left(response: dict[str, Any]) -> list[str]:
    return [entry["itemIdentifier"] for entry in response["batchItemFailures"]]


def taker(taken: list[str], **raising: Exception) -> Any:
    def take(record: Record) -> None:
        taken.append(record.body)
        if record.body in raising:
            raise raising[record.body]

    return take


def silent(_message: str, **_named: object) -> None:
    return None


def test_one_message_takes_no_other_with_it() -> None:
    taken: list[str] = []
    found = records_of(event("", "", ""))
    assert left(response_of(found, taker(taken, b0=ComesAgain(), b1=ValueError("secret")), silent)) == ["0", "1"]
    assert taken == ["b0", "b1", "b2"]


def test_in_order_what_is_behind_one_that_stays_stays_too_and_is_not_looked_at() -> None:
    taken: list[str] = []
    found = records_of(event("a", "b", "a", "b", "c"))
    assert left(response_of(found, taker(taken, b0=ComesAgain()), silent, in_order=True)) == ["0", "2"]
    assert taken == ["b0", "b1", "b3", "b4"]


def test_what_nobody_expected_is_named_by_kind_and_place_alone() -> None:
    said: list[tuple[str, dict[str, object]]] = []
    response_of(
        records_of(event("")), taker([], b0=ValueError("secret")), lambda text, **named: said.append((text, named))
    )
    ((text, named),) = said
    assert (text, named["kind"]) == ("a message failed unexpectedly", "ValueError")
    assert str(named["at"]).startswith("test_records.py:")
    assert "secret" not in str(said)


def test_a_queue_without_order_gives_no_groups() -> None:
    (found,) = records_of({"Records": [{"messageId": "1", "receiptHandle": "r", "body": "b", "attributes": {}}]})
    assert (found.group, found.receipt_handle) == ("", "r")
