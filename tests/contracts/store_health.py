"""What every store must do with how the carrier is."""

from datetime import timedelta

from tests.contracts.store_samples import Stores
from tests.fakes.clock import START
from vistka.usecases.carrier_health import Spell, Trouble

HOUR = timedelta(hours=1)


class HealthContract:
    def test_what_begins_keeps_its_moment_until_it_is_well(self, stores: Stores) -> None:
        book = stores.health
        assert book.read() == {}
        book.clear(Trouble.SILENT)
        assert book.read() == {}
        book.note(Trouble.REFUSED, START)
        book.note(Trouble.SILENT, START + HOUR)
        book.note(Trouble.SILENT, START + 2 * HOUR)
        refused = Spell(since=START, noted_at=START)
        assert book.read() == {
            Trouble.REFUSED: refused,
            Trouble.SILENT: Spell(since=START + HOUR, noted_at=START + 2 * HOUR),
        }
        book.clear(Trouble.SILENT)
        assert book.read() == {Trouble.REFUSED: refused}
        book.note(Trouble.SILENT, START + 3 * HOUR)
        book.clear(Trouble.REFUSED)
        assert book.read() == {Trouble.SILENT: Spell(since=START + 3 * HOUR, noted_at=START + 3 * HOUR)}
