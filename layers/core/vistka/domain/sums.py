"""Hryvnias, as the carrier writes them: any of them may be missing, or be no number."""

from decimal import Decimal, InvalidOperation

from vistka.domain.parcels import Facts


def sum_to_pay(facts: Facts) -> Decimal | None:
    """By whoever fetches the parcel; None where nothing is to pay, or nobody can read it."""
    return first_sum(facts.to_pay, facts.afterpayment, facts.redelivery)


def money_of_shop(facts: Facts) -> Decimal | None:
    """What the buyer pays for the goods, and the carrier passes on to the shop."""
    return first_sum(facts.redelivery, facts.afterpayment)


def first_sum(*given: object) -> Decimal | None:
    """The first that is a sum above zero."""
    for one in given:
        try:
            amount = Decimal(str(one))
        except InvalidOperation:
            continue
        if amount.is_finite() and 0 < amount < 10**9:
            return amount
    return None
