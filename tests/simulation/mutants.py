"""Every planted bug."""

from typing import Final

from tests.simulation.mutants_chains import CHAINS
from tests.simulation.mutants_moving import MOVING
from tests.simulation.mutants_reminding import REMINDING
from tests.simulation.mutants_telling import TELLING
from tests.simulation.mutants_tracking import TRACKING

MUTANTS: Final = (*TRACKING, *TELLING, *MOVING, *REMINDING, *CHAINS)
