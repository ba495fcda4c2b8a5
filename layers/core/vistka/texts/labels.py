"""The short Ukrainian name of each stage, and the shop's `shipment_status`, "Статус - Опис"."""

from functools import lru_cache
from types import MappingProxyType
from typing import Final

from vistka.domain.stages import Stage

# No label but that of DELIVERED holds the word «отримано»: shops search the column for it (F10). None holds an
# apostrophe, since the shop's column may be in an old one-byte encoding that lacks ours.
_LABELS: Final = MappingProxyType(
    {
        Stage.CREATED: "Накладну створено",
        Stage.DELETED: "Накладну видалено",
        Stage.NOT_FOUND: "Номер не знайдено",
        Stage.IN_TRANSIT: "В дорозі",
        Stage.ARRIVED_CITY: "У місті одержувача",
        Stage.AT_BRANCH: "Чекає у відділенні",
        Stage.AT_LOCKER: "Чекає в поштоматі",
        Stage.OUT_FOR_DELIVERY: "Доставка на адресу",
        Stage.DELIVERED: "Отримано",
        Stage.REFUSED: "Відмова",
        Stage.REDIRECTED: "Переадресовано",
        Stage.STORAGE_ENDED: "Зберігання закінчилося",
        Stage.FAILED_ATTEMPT: "Невдала спроба доставки",
        Stage.POSTPONED: "Доставку перенесено",
        Stage.DESTROYED: "Знищено",
        Stage.RETURNING: "Повертається",
        Stage.RETURN_WAITING: "Повернення чекає",
        Stage.RETURNED: "Повернено",
    }
)
#: What the carrier calls a number that it does not know, when it does not say it in Ukrainian: our label all the same.
_SAYS_THE_LABEL: Final = MappingProxyType({Stage.NOT_FOUND: "номер не найден"})


def label(stage: Stage | None) -> str:
    """The stage in a word or two; "" for none."""
    return _LABELS[stage] if stage is not None else ""


@lru_cache(maxsize=1024)  # most parcels share their carrier's sentence, and each is compared in every run
def shipment_status(stage: Stage | None, carrier_text: str) -> str:
    """What the shop's column says: our label, then the carrier's sentence as it came, on one line.

    A sentence that itself begins with the label stands alone («Відмова від отримання», not «Відмова - Відмова від
    отримання»); without a sentence the label does, and where the shop has its parcel back: of that the carrier says
    «Відправлення отримано», which shops search the column for (F10, F31). Not yet fitted to the column.
    """
    status, sentence = label(stage), " ".join(carrier_text.split())
    if stage is Stage.RETURNED:
        return status
    if not status or not sentence:
        return status or sentence
    if stage is not None and sentence.casefold().rstrip(".! ") in {status.casefold(), _SAYS_THE_LABEL.get(stage)}:
        return status
    rest = sentence[len(status) :]
    if sentence.casefold().startswith(status.casefold()) and not rest[:1].isalpha():
        return sentence
    return f"{status} - {sentence}"
