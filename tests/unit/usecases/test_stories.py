"""An order's story is what the store knows of its present parcels."""

from dataclasses import replace
from datetime import timedelta

from tests.contracts.store_samples import OTHER, TTN, bare_state, change, facts, link, run, state
from tests.fakes.clock import START
from tests.fakes.store import FakeLinkedOrders, FakeParcels, FakeRuns, Memory
from vistka.domain.journeys import Progress, Step
from vistka.domain.parcels import ParcelState
from vistka.domain.stages import Role, Stage
from vistka.domain.stories import OrderStory
from vistka.ports import Commit, Link, Run
from vistka.usecases.viewing import stories

DAY = timedelta(days=1)


def told(memory: Memory, *, whole: bool = True) -> OrderStory:
    order = FakeLinkedOrders(memory).of_key(link().order_key)
    (story,) = stories([order], FakeParcels(memory), FakeRuns(memory), whole=whole)
    return story


def stored(*links: Link) -> Memory:
    memory = Memory()
    FakeParcels(memory).commit(Commit(state=state(), expected=None, change=change(), links=links or (link(),)))
    return memory


def test_a_story_has_the_parcel_its_way_and_its_history() -> None:
    story = told(stored())
    assert story.number == link().order_number
    (parcel,) = story.parcels
    assert (parcel.view.ttn, parcel.view.state) == (TTN, state())
    assert parcel.history == (change(),)
    assert Step.AT_BRANCH in {mark.step for mark in parcel.journey.marks}


def test_a_list_of_orders_asks_for_no_history() -> None:
    memory = stored()
    before = memory.requests
    (parcel,) = told(memory, whole=False).parcels
    short = memory.requests - before
    assert parcel.history == ()
    assert parcel.journey.marks
    told(memory)
    assert memory.requests - before - short == short + 1


def test_a_number_that_the_order_no_longer_has_is_not_told_of() -> None:
    memory = stored(link(), replace(link(ttn=OTHER), current=False, since=START - timedelta(days=1)))
    FakeParcels(memory).commit(Commit(state=bare_state(OTHER), expected=None))
    assert [parcel.view.ttn for parcel in told(memory).parcels] == [TTN]


def test_a_story_is_as_fresh_as_the_last_good_run() -> None:
    memory = stored()
    runs = FakeRuns(memory)
    runs.start(run(20))
    runs.sent(run(20).id, batches=0, covers=START)
    assert told(memory).parcels[0].view.checked_at == run(20).started_at


def test_what_took_a_parcels_place_stands_behind_it_f31() -> None:
    child, second = "59000000000024", "59000000000031"
    memory = stored(
        link(),
        replace(link(ttn=OTHER), since=START + timedelta(minutes=1)),
        replace(link(ttn=second), since=START + timedelta(hours=2), root=TTN, parent=child, via=Role.RETURN),
        replace(link(ttn=child), since=START + timedelta(hours=3), root=TTN, parent=TTN, via=Role.REDIRECT),
    )
    assert [parcel.view.ttn for parcel in told(memory).parcels] == [TTN, child, second, OTHER]


def test_a_page_reads_few_runs_unless_the_last_good_one_is_further_back() -> None:
    memory = stored()
    runs = FakeRuns(memory)
    for minutes in range(10):
        runs.start(run(minutes))
        runs.sent(run(minutes).id, batches=1, covers=START)
        runs.batch_done(run(minutes).id, 0, failed=[])
    asked: list[int] = []

    class Watched(FakeRuns):
        def latest(self, limit: int) -> list[Run]:
            asked.append(limit)
            return super().latest(limit)

    (story,) = stories([FakeLinkedOrders(memory).of_key("1")], FakeParcels(memory), Watched(memory))
    assert (asked, story.parcels[0].view.checked_at) == ([3], run(9).started_at)
    for minutes in range(4, 10):  # what failed for the parcel, or never ended, says nothing of it
        runs.batch_done(run(minutes).id, 0, failed=[TTN])
    (story,) = stories([FakeLinkedOrders(memory).of_key("1")], FakeParcels(memory), Watched(memory))
    assert (asked, story.parcels[0].view.checked_at) == ([3, 3, 50], run(3).started_at)
    memory.states[TTN] = replace(memory.states[TTN], ended="final")
    stories([FakeLinkedOrders(memory).of_key("1")], FakeParcels(memory), Watched(memory))
    assert asked == [3, 3, 50]  # a parcel that has ended is as fresh as its last answer


def test_an_order_without_a_parcel_has_a_story_without_parcels() -> None:
    assert told(Memory()) == OrderStory(number="", parcels=())


# --- one parcel under several numbers (F31) ---------------------------------------------------------------------------

CHILD = "20450000000099"


def chained_memory(child: ParcelState) -> Memory:
    memory = Memory()
    refused = state(
        stage=Stage.REFUSED,
        facts=facts(code="103", child_ttn=CHILD, child_type="CargoReturn"),
        children=(CHILD,),
        ended="continued",
    )
    history = [
        change(1, stage=Stage.IN_TRANSIT, at=START - 3 * DAY),
        change(2, stage=Stage.REFUSED, at=START - 2 * DAY),
    ]
    store = FakeParcels(memory)
    store.commit(Commit(state=refused, expected=None, links=(link(),)))
    links = (link(ttn=CHILD, root=TTN, parent=TTN, via=Role.RETURN, since=START),)
    store.commit(Commit(state=child, expected=None, links=links))
    memory.changes.update({(TTN, one.version): one for one in history})
    return memory


def test_a_return_is_the_same_parcel_further_on_f31() -> None:
    child = replace(bare_state(CHILD), chain=(TTN,), role=Role.RETURN, stage=Stage.RETURNING, version=1)
    memory = chained_memory(child)
    memory.changes[CHILD, 1] = change(1, ttn=CHILD, stage=Stage.RETURNING, at=START - DAY)
    (parcel,) = told(memory).parcels
    assert (parcel.view.ttn, parcel.replaced) == (CHILD, (TTN,))
    assert [one.stage for one in parcel.history] == [Stage.IN_TRANSIT, Stage.REFUSED, Stage.RETURNING]
    assert [(mark.step, mark.at) for mark in parcel.journey.marks if mark.at] == [
        (Step.ON_ITS_WAY, START - 3 * DAY),
        (Step.NOT_RECEIVED, START - 2 * DAY),
        (Step.COMING_BACK, START - DAY),
    ]


def test_a_return_of_which_nothing_is_known_yet_leaves_the_word_to_its_parent_f31() -> None:
    (parcel,) = told(chained_memory(replace(bare_state(CHILD), chain=(TTN,), role=Role.RETURN))).parcels
    assert (parcel.view.ttn, parcel.replaced) == (TTN, ())
    assert [mark.step for mark in parcel.journey.marks if mark.progress is Progress.CURRENT] == [Step.COMING_BACK]


def test_two_parcels_of_an_order_stay_two() -> None:
    memory = stored(link(), link(ttn=OTHER))
    FakeParcels(memory).commit(Commit(state=bare_state(OTHER), expected=None))
    assert [parcel.view.ttn for parcel in told(memory).parcels] == [TTN, OTHER]
