"""What a set-up asks about messages: their language, who hears of what, and when the digest comes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from vistka.cli.setup.asking import Question
from vistka.domain.audience import CHOOSABLE, Audiences
from vistka.domain.languages import DEFAULT_LANGUAGE, LANGUAGES
from vistka.domain.notices import Audience
from vistka.domain.orders import Finding

_USUAL: Final = "the usual ones"


def settle_telling(
    ask: Callable[[Question], str], given: Mapping[str, str | None], known: Mapping[str, str], *, has_chat: bool
) -> dict[str, str]:
    """Values of the template's parameters by name. A shop without a chat of its own is not asked what it shall hear."""
    values = {
        "DefaultLanguage": ask(
            Question(
                name="the language",
                ask=f"Language of messages: {', '.join(sorted(LANGUAGES))}",
                flag="--language",
                check=_language,
                given=given["DefaultLanguage"],
                kept=known.get("DefaultLanguage") or DEFAULT_LANGUAGE,
                hint="of the shop's chat, and of buyers of whom no other is known",
            )
        ),
        "BuyerNotices": ask(_notices(Audience.BUYER, "--buyer-notices", given, known)),
    }
    if has_chat:
        values["ShopNotices"] = ask(_notices(Audience.SHOP, "--shop-notices", given, known))
        values["DigestHour"] = ask(
            Question(
                name="the digest's hour",
                ask="Hour in Kyiv at which the shop's chat hears once a day how all parcels stand",
                flag="--digest-hour",
                check=_hour,
                given=given["DigestHour"],
                kept=known.get("DigestHour", ""),
                optional=True,
                empty="never",
            )
        )
    return values


def _notices(audience: Audience, flag: str, given: Mapping[str, str | None], known: Mapping[str, str]) -> Question:
    who, parameter = ("a buyer", "BuyerNotices") if audience is Audience.BUYER else ("the shop's chat", "ShopNotices")
    usual = Audiences().of(audience)
    others = sorted(CHOOSABLE[audience] - usual)
    return Question(
        name=f"what {who} hears",
        ask=f"What {who} hears",
        flag=flag,
        check=lambda text: _heard(audience, who, text),
        given=given[parameter],
        kept=known.get(parameter, ""),
        optional=True,
        empty=_USUAL,
        hint=f"usually {', '.join(sorted(usual))}; +kind adds one and -kind leaves one out: {', '.join(others)}",
    )


def _heard(audience: Audience, who: str, text: str) -> Sequence[Finding]:
    name = f"{audience} notices"
    try:
        chosen = Audiences.parse(**{str(audience): text}).of(audience)
    except ValueError as error:
        return [Finding(name=name, ok=False, text=str(error), hint="such as +failed_attempt, -received")]
    heard = ", ".join(sorted(chosen)) or "nothing of parcels"
    return [Finding(name=name, ok=True, text=f"{who} hears {heard}")]


def _language(text: str) -> Sequence[Finding]:
    if text in LANGUAGES:
        return ()
    return [Finding(name="language", ok=False, text=f"not one of {', '.join(sorted(LANGUAGES))}", hint="such as uk")]


def _hour(text: str) -> Sequence[Finding]:
    if not text or (text.isascii() and text.isdecimal() and len(text) <= 2 and int(text) in range(24)):
        return ()
    return [Finding(name="digest", ok=False, text="not an hour from 0 to 23", hint="such as 10")]
