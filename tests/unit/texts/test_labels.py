"""The shop's column: "Статус - Опис", byte for byte (F25)."""

import subprocess
import sys
from pathlib import Path

import pytest

import vistka
from vistka.domain.stages import Stage
from vistka.texts.labels import label, shipment_status

EXPECTED = {
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


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_has_its_label_f25(stage: Stage) -> None:
    assert label(stage).encode() == EXPECTED[stage].encode()


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.DELIVERED])
def test_only_what_was_received_says_so_f10(stage: Stage) -> None:
    assert "отримано" not in label(stage).casefold()


@pytest.mark.parametrize("stage", Stage)
def test_a_label_fits_an_old_one_byte_column(stage: Stage) -> None:
    assert len(label(stage).encode("cp1251")) <= 30
    assert label(stage).encode("koi8-u")


@pytest.mark.parametrize(
    ("stage", "text", "expected"),
    [
        (Stage.IN_TRANSIT, "Відправлення прямує до міста Київ", "В дорозі - Відправлення прямує до міста Київ"),
        (Stage.DELIVERED, "Відправлення отримано", "Отримано - Відправлення отримано"),
        (Stage.AT_BRANCH, "  Прибув \n у\tвідділення ", "Чекає у відділенні - Прибув у відділення"),
        (Stage.IN_TRANSIT, "", "В дорозі"),
        (Stage.IN_TRANSIT, "  ", "В дорозі"),
        (Stage.NOT_FOUND, "Номер не знайдено", "Номер не знайдено"),
        (Stage.NOT_FOUND, "номер не знайдено.", "Номер не знайдено"),
        (Stage.NOT_FOUND, "Номер не найден", "Номер не знайдено"),
        (Stage.REFUSED, "Відмова від отримання", "Відмова від отримання"),
        (Stage.REFUSED, "Відмовлено", "Відмова - Відмовлено"),
        (Stage.FAILED_ATTEMPT, "Невдала спроба доставки через відсутність Одержувача на адресі або зв'язку з ним",
         "Невдала спроба доставки через відсутність Одержувача на адресі або зв'язку з ним"),
        (Stage.IN_TRANSIT, "A<B & C", "В дорозі - A<B & C"),
        (Stage.RETURNING, "Відправлення прямує до міста Харків", "Повертається - Відправлення прямує до міста Харків"),
        (Stage.RETURNED, "Відправлення отримано", "Повернено"),
        (None, "Щось нове", "Щось нове"),
        (None, "", ""),
    ],
)  # fmt: skip
def test_the_status_is_the_label_and_the_carriers_sentence_said_once(
    stage: Stage | None, text: str, expected: str
) -> None:
    assert shipment_status(stage, text) == expected


def test_the_labels_load_no_library() -> None:
    code = "import sys, vistka.texts.labels; sys.exit(bool({'jinja2', 'babel', 'zoneinfo'} & set(sys.modules)))"
    path = str(Path(vistka.__path__[0]).parent)
    assert subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": path}, check=False).returncode == 0
