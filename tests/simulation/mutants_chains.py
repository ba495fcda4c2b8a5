"""Planted bugs of waybills that take the place of others: returns, redirects, and what is followed without an order."""

from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from tests.simulation.planting import patched
from tests.simulation.run import Bug
from vistka.domain import chains, decisions, telling
from vistka.domain.parcels import ParcelState
from vistka.domain.stages import ROLE_OF_TYPE, Role, Stage
from vistka.ports import Link
from vistka.usecases import chaining, linking, storing
from vistka.usecases.following import Followed

_take_up = chains.take_up


def _not_taken_up(_parcels: Any, parent: ParcelState, _now: Any) -> ParcelState:
    return parent


def _forgetful(*given: Any) -> tuple[ParcelState, ParcelState]:
    parent, child = _take_up(*given)
    return parent, replace(child, told={})


def _as_delivered(stage: Stage | None, _role: Role | None) -> Stage | None:
    return stage


def _nothing_due(_followed: Followed, _asking: Any) -> Iterator[list[Any]]:
    return iter(())


def _in_the_field_itself(link: Link, numbers: Container[str]) -> bool:
    return link.ttn in numbers


@contextmanager
def _no_forebear_counts() -> Iterator[None]:
    with patched(Link, stands_in=_in_the_field_itself)(), patched(linking, _is_behind=lambda *_: False)():
        yield


CHAINS: Final = (
    Bug("a child is not taken up", "R1", patch=patched(storing, take_up_child=_not_taken_up)),
    Bug(
        "a transfer of money is followed",
        "R8",
        patch=patched(chains, ROLE_OF_TYPE={**ROLE_OF_TYPE, "MoneyTransfer": Role.REDIRECT}),
    ),
    Bug("what goes back reads as delivered", "R6", patch=patched(decisions, in_role=_as_delivered)),
    Bug("what is followed needs an open order", "R1", patch=patched(Followed, due=_nothing_due)),
    Bug("a child has to stand in the order's field itself", "R1", patch=_no_forebear_counts),
    Bug("what was told of a parcel is told again of its child", "R2", patch=patched(chaining, take_up=_forgetful)),
    Bug("a child is a first sight", "R2", patch=patched(telling, was_old=telling.is_old)),
)
