"""`vistka replay`."""

from datetime import timedelta

import pytest

from tests.contracts.store_samples import OTHER, TTN, change, facts, link, notice
from tests.fakes.clock import START
from tests.unit.cli.scene import Scene
from vistka.domain.notices import Kind, NoticeState
from vistka.domain.stages import Stage

HOUR = timedelta(hours=1)
DAY = f"{START:%Y-%m-%d}"


@pytest.fixture
def past(scene: Scene) -> Scene:
    """Two orders whose parcels came to a branch: of one the buyer was told."""
    scene.clock.advance(HOUR)
    for number, ttn in enumerate((TTN, OTHER), start=1):
        arrived = facts(moved_at=START)
        scene.memory.changes[ttn, 1] = change(ttn=ttn, facts=arrived, observed_at=START + number * HOUR / 4)
        one = link(order_key=str(number), order_number=f"TWC0{number}", ttn=ttn, chat_id=700000000 + number)
        scene.memory.links[str(number), ttn] = one
        scene.memory.numbers[f"TWC0{number}"] = str(number)
    sent = notice(state=NoticeState.SENT, due_at=None)
    scene.memory.notices[("1", sent.id)] = sent
    return scene


def test_a_day_is_told_anew_with_what_became_of_it_then(past: Scene) -> None:
    result = past.run("replay", "--since", DAY)
    assert result.exit_code == 0
    heads = [line for line in result.stdout.splitlines() if line.startswith("2026-")]
    assert [head.split("  ", 1)[1] for head in heads] == [
        f"TWC01  {TTN}  waiting → buyer, chat …01  then sent",
        f"TWC02  {OTHER}  waiting → buyer, chat …02  not told then",
    ]
    assert "    │ 📬 Ваше замовлення TWC01 чекає на вас у відділенні" in result.stdout
    assert "2 changes, 2 messages (waiting 2); nothing was sent or written" in result.stderr
    assert "700000001" not in result.output


def test_todays_choice_of_news_and_language_decides(past: Scene) -> None:
    past.parameters |= {
        "BuyerNotices": "none",
        "ShopNotices": "+waiting",
        "DefaultLanguage": "en",
        "TelegramChatId": "1",
    }
    _, data = past.json("replay", "--since", DAY)
    assert [(one["audience"], one["text"].splitlines()[0]) for one in data["notices"]] == [
        ("shop", "📬 Order TWC01 is waiting for the buyer at branch №\u00a01."),
        ("shop", "📬 Order TWC02 is waiting for the buyer at branch №\u00a01."),
    ]


def test_a_choice_that_nobody_can_read_is_named(past: Scene) -> None:
    past.parameters["ShopNotices"] = "recieved"
    result = past.run("replay", "--since", DAY)
    assert result.exit_code == 2
    assert "ShopNotices: 'recieved' is no kind of news" in result.stderr


def test_nothing_is_written(past: Scene) -> None:
    before = dict(past.memory.notices), dict(past.memory.states), dict(past.memory.changes)
    past.run("replay", "--since", DAY)
    assert (past.memory.notices, past.memory.states, past.memory.changes) == before
    assert past.functions.events == []


def test_scripts_get_the_texts_and_what_was_told_then(past: Scene) -> None:
    code, data = past.json("replay", "--since", DAY)
    assert code == 0
    assert (data["changes"], [one["then"] for one in data["notices"]]) == (2, ["sent", None])
    first = data["notices"][0]
    assert first["text"].startswith("📬 Ваше замовлення TWC01")
    assert {name: first[name] for name in ("order_number", "ttn", "kind", "audience", "to", "reason")} == {
        "order_number": "TWC01",
        "ttn": TTN,
        "kind": "waiting",
        "audience": "buyer",
        "to": "buyer, chat …01",
        "reason": None,
    }


def test_only_one_order(past: Scene) -> None:
    _, data = past.json("replay", "--since", DAY, "--order", " TWC02 ")
    assert [one["order_number"] for one in data["notices"]] == ["TWC02"]


def test_a_moment_is_kyivs(past: Scene) -> None:
    kyiv = START + HOUR / 3 + timedelta(hours=2)  # January: two hours ahead of UTC
    _, data = past.json("replay", "--since", kyiv.strftime("%Y-%m-%dT%H:%M"))
    assert [one["order_number"] for one in data["notices"]] == ["TWC02"]


def test_an_order_without_changes_since_then_is_quiet(past: Scene) -> None:
    result = past.run("replay", "--since", f"{START + timedelta(days=0):%Y-%m-%d}", "--order", "TWC01")
    assert result.exit_code == 0
    del past.memory.changes[TTN, 1]
    assert (
        "0 changes, 0 messages; nothing was sent or written"
        in past.run("replay", "--since", DAY, "--order", "TWC01").stderr
    )


def test_what_is_too_old_to_be_known_is_said(past: Scene) -> None:
    assert "changes are kept for 90 days" in past.run("replay", "--since", "2020-01-01").stderr


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--since", "2999-01-01"], "--since lies ahead"),
        (["--since", "yesterday"], "yesterday"),
        ([], "--since"),
        (["--since", DAY, "--order", "TWC99"], "the store knows nothing of it"),
    ],
)
def test_wrong_use_is_one_line(past: Scene, args: list[str], said: str) -> None:
    result = past.run("replay", *args)
    assert result.exit_code == 2
    assert said in result.stderr


def test_what_was_told_otherwise_is_told_by_todays_rules(past: Scene) -> None:
    """A code that an older version misread: the stored stage does not matter."""
    past.memory.changes[TTN, 1] = change(
        facts=facts(code="5", stage=Stage.REFUSED, moved_at=START), observed_at=START + HOUR / 4
    )
    _, data = past.json("replay", "--since", DAY, "--order", "TWC01")
    assert [one["kind"] for one in data["notices"]] == [str(Kind.ON_ITS_WAY)]
