"""Scripted lives of parcels: what the carrier would say of each number from which moment on."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Final

from tests.simulation.choices import KYIV
from tests.simulation.scheduler import SECOND
from vistka.domain.parcels import Facts
from vistka.domain.stages import stage_of

#: A number that the carrier refuses, and one that it has only a stub for.
REFUSED: Final = "refused"
STUB: Final = "stub"


@dataclass(slots=True)
class Step:
    """From `at` (microseconds) on the carrier says this; `facts` None: a stub, or a refusal of the number."""

    at: int
    facts: Facts | None
    kind: str = ""


@dataclass(slots=True)
class Life:
    """`children` were made on its basis, it on that of `parent`, as what `made_as` says."""

    ttn: str
    name: str
    steps: list[Step] = field(default_factory=list)
    parent: str = ""
    made_as: str = ""
    children: list["Life"] = field(default_factory=list)

    def family(self) -> Iterator["Life"]:
        yield self
        for child in self.children:
            yield from child.family()

    def says(self, now: int) -> Step | None:
        found = None
        for step in self.steps:
            if step.at > now:
                break
            found = step
        return found

    def hurry(self, now: int) -> bool:
        """The parcel moves on this moment: what comes next, and all after it, comes earlier."""
        coming = [step for step in self.steps if step.at > now]
        if not coming:
            return False
        earlier = coming[0].at - now - 1
        for step in coming:
            step.at -= earlier
        return True


#: Kinds of lives by their codes. `7b` is a branch elsewhere, `7d` another last day, `9m` received with money to come,
#: `t` the same code in other words, `?` a code that nobody knows, `-` a stub, `x` the number is refused. From `103R` on
#: the carrier tells of a return, from `104D` on of a redirect, from `10T` on of a transfer of money.
_LIVES: Final = {
    "branch": "1 4 5 6 7 9",
    "locker": "1 5 6 8 9",
    "courier": "1 5 101 111 101 9",
    "short": "5 7 9",
    "money": "1 5 7 9m 10 t 11",
    "money at once": "5 7 10 11",
    "back delivery": "5 8 9m 106",
    "refused": "1 5 7 102",
    "refused at the door": "5 101 103 108",
    "elsewhere": "1 5 7 104 5 7b 9",
    "later": "5 7 7d 9",
    "recurring": "5 7 101 7 104 7 9",
    "locker to branch": "5 8 107 9",
    "rewritten": "1 t 5 t 6 7 t t t t",
    "unknown code": "1 5 ? 7 ? 9",
    "not found first": "3 3 1 5 7 9",
    "not found between": "1 5 3 7 3 9",
    "not found long": "3",
    "stub first": "- - 1 5 7 9",
    "stub between": "1 5 - 7 - 9",
    "refused number": "x",
    "refused number, then right": "x 1 5 7",
    "never handed over": "1",
    "storage ended": "5 7 105",
    "returned": "5 7 103 103R",
    "returned at once": "7 102R",
    "returned after its storage": "5 7 105 105R t",
    "redirected": "1 5 104 104D",
    "redirected at once": "5 7 104D",
    "money transferred": "7 9m 10T 11",
    "deleted": "1 2",
    "destroyed": "5 6 124",
    "quick": "5 6 7 8 7b 104 101 9",
}  # fmt: skip
#: What becomes of the waybills made on the basis of others, by their type.
_MADE: Final = {
    "R": ("CargoReturn", ("1 4 5 7 9", "3 1 5 9", "5 7 14 7b 10", "5 7 105", "5 8 103", "3", "- 5 9")),
    "D": ("Redirecting", ("1 5 7 9", "3 5 8 9", "5 7 103 103R", "5 104D", "5 7 102R", "7 9m 10 11")),
    "T": ("MoneyTransfer", ("1 9",)),
}
_USUAL: Final = (
    "branch",
    "locker",
    "courier",
    "rewritten",
    "money",
    "refused",
    "elsewhere",
    "later",
    "recurring",
    "quick",
    "returned",
    "redirected",
)

_SENTENCES: Final = {
    "1": "Відправник самостійно створив цю накладну, але ще не надав до відправки",
    "5": "Відправлення прямує до міста Одеса",
    "7": "Прибув у відділення",
    "9": "Відправлення отримано",
    "102": "Відмова від отримання (відправником створено замовлення на повернення)",
    "6": "Відправлення у місті Одеса, орієнтовна доставка до відділення 12, очікуйте додаткового повідомлення про "
    "прибуття, дякуємо",
}


def life(rng: random.Random, ttn: str, *, start: datetime, begin: float, end: float, kind: str = "") -> Life:
    """A life between two moments (seconds); what comes before 0 lies in the past when all begins."""
    name = kind or (rng.choice(_USUAL) if rng.random() < 0.6 else rng.choice(list(_LIVES)))
    out = Life(ttn, name)
    _live(rng, out, _LIVES[name].split(), start=start, begin=begin, end=end)
    return out


def _live(rng: random.Random, out: Life, words: list[str], *, start: datetime, begin: float, end: float) -> None:
    while len(words) > 1 and rng.random() < 0.3:
        # Now and then the carrier knows nothing, repeats itself, or says what nobody understands.
        words.insert(rng.randrange(1, len(words) + 1), rng.choice("t?-33"))
    moments = sorted(rng.uniform(begin, end) for _ in words)
    moments[0] = begin
    returns = out.parent if out.made_as == "CargoReturn" else ""
    last = Facts(code="1", text="", created_at=_some_days_ago(rng, start), return_of=returns)
    free = rng.choice((0, 1, 1, 2, 2, 3, 5))
    for number, (word, moment) in enumerate(zip(words, moments, strict=True)):
        if word[-1] in _MADE:
            last = _with_child(rng, out, word[-1], last, start=start, moment=moment, end=end)
        kind_, facts = _said(rng, word, last, start + timedelta(seconds=moment), number, free)
        if facts is not None:
            last = facts
            if facts.code == "3":
                facts = replace(facts, child_ttn="", child_type="", return_of="")
        out.steps.append(Step(int(moment * SECOND), facts, kind_))


def _with_child(
    rng: random.Random, out: Life, mark: str, last: Facts, *, start: datetime, moment: float, end: float
) -> Facts:
    """What the carrier says from now on: another waybill was made, which may go on at once or later."""
    made_as, stories = _MADE[mark]
    generation = {"20": "59", "59": "40", "40": "41", "41": "51", "51": "10"}[out.ttn[:2]]
    child = Life(generation + out.ttn[2:], made_as, parent=out.ttn, made_as=made_as)
    out.children.append(child)
    words = rng.choice(stories if generation != "10" else stories[:1]).split()
    _live(rng, child, words, start=start, begin=rng.uniform(moment, (moment + end) / 2), end=end)
    return replace(last, child_ttn=child.ttn, child_type=made_as)


def old_life(rng: random.Random, ttn: str, *, start: datetime, end: float) -> Life:
    """Something that happened days ago; now and then it goes on."""
    days = rng.uniform(2, 20)
    code = rng.choice(("9", "7", "11", "102", "5"))
    past = start - timedelta(days=days)
    free = rng.choice((None, 0, 1, 2))
    day = None if free is None else start.astimezone(KYIV).date() + timedelta(days=free)
    first = Facts(
        code=code,
        text=_text(code, 0),
        stage=stage_of(code),
        moved_at=past,
        place="Відділення №3",
        paid_storage_at=datetime.combine(day, time(), KYIV) if day is not None and code == "7" else None,
    )
    out = Life(ttn, "old", [Step(-SECOND, first)])
    if code in {"7", "5"} and rng.random() < 0.7:
        at = rng.uniform(0.2, 1) * end
        out.steps.append(Step(int(at * SECOND), _said(rng, "9", first, start + timedelta(seconds=at), 1, 0)[1]))
    return out


def shelved_life(rng: random.Random, ttn: str, *, start: datetime, end: float) -> Life:
    """It has waited at its branch for days, and its last free day is tomorrow; now and then it is fetched."""
    day = start.astimezone(KYIV).date() + timedelta(days=2)
    waits = Facts(
        code="7",
        text=_text("7", 0),
        stage=stage_of("7"),
        moved_at=start - timedelta(days=rng.uniform(1.5, 4)),
        place="Відділення №3",
        paid_storage_at=datetime.combine(day, time(), KYIV),
    )
    out = Life(ttn, "shelved", [Step(-SECOND, waits)])
    if rng.random() < 0.3:
        at = rng.uniform(0.2, 1) * end
        out.steps.append(Step(int(at * SECOND), _said(rng, "9", waits, start + timedelta(seconds=at), 1, 0)[1]))
    return out


def _some_days_ago(rng: random.Random, moment: datetime) -> datetime | None:
    """Of a date that the carrier may leave out."""
    return None if rng.random() < 0.3 else moment - timedelta(days=rng.uniform(0, 3))


def _said(
    rng: random.Random, word: str, last: Facts, moment: datetime, number: int, free: int
) -> tuple[str, Facts | None]:
    if word == "-":
        return STUB, None
    if word == "x":
        return REFUSED, None
    code = {"t": last.code, "?": rng.choice(("777", "200"))}.get(word, word.rstrip("mbdRDT"))
    moved = moment - timedelta(seconds=rng.choice((1, 20, 300)))
    place, number_of_place, paid = last.place, last.place_number, last.paid_storage_at
    arrived, received = last.arrived_at, last.received_at
    if code in {"7", "8", "107"} and word != "t":
        place = f"Відділення №{number + 10}" if word == "7b" or not place else place
        number_of_place = str(number + 10) if word == "7b" or not last.place_number else last.place_number
        # Midnight in Kyiv, of which it says nothing now and then.
        day = moment.astimezone(KYIV).date() + timedelta(days=free + (2 if word == "7d" else 0))
        paid = datetime.combine(day, time(), KYIV) if paid is None or word == "7d" else paid
        paid = None if rng.random() < 0.05 else paid
        arrived = arrived or _some_days_ago(rng, moment)
    elif word == "t" and arrived is not None:
        # A clerk's mistake that is put right; drawn apart, so that all other lives stay as they were.
        arrived += timedelta(days=random.Random(f"arrived {moment}").randint(-1, 1))
    if code in {"9", "10"}:
        received = received or _some_days_ago(rng, moment)
    return "", Facts(
        code=code,
        text=_text(code, number),
        stage=stage_of(code),
        city="Одеса",
        place=place,
        place_number=number_of_place,
        created_at=last.created_at,
        paid_storage_at=paid,
        arrived_at=arrived,
        received_at=received,
        moved_at=None if rng.random() < 0.03 else moved,
        redelivery="450" if word == "9m" or (code == "10") else "",
        to_pay="450" if code in {"7", "8"} else "",
        child_ttn=last.child_ttn,
        child_type=last.child_type,
        return_of=last.return_of,
    )


def _text(code: str, number: int) -> str:
    # Every step has words of its own, so that an answer is known by them.
    return f"{_SENTENCES.get(code, f'Стан {code}')} ({number})"
