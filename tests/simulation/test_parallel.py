"""Processes beside each other, for seeds."""

import signal
import subprocess
import sys

from tests.simulation.parallel import pool

_PROGRAM = """
import os, signal
from tests.simulation.parallel import pool
with pool(2) as executor:
    print(executor.submit(os.getpid).result(), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_worker_ends_with_the_process_that_began_it() -> None:
    # Workers write to the same pipe: it ends with the last of them.
    with subprocess.Popen([sys.executable, "-c", _PROGRAM], stdout=subprocess.PIPE, text=True) as begun:
        try:
            out, _ = begun.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            begun.kill()
            raise
    assert int(out) != begun.pid
    assert begun.returncode < 0


def test_ctrl_c_is_the_affair_of_the_process_that_began_them() -> None:
    before = signal.getsignal(signal.SIGINT)
    with pool(2) as executor:
        assert signal.getsignal(signal.SIGINT) is before
        assert executor.submit(signal.getsignal, signal.SIGINT).result() is signal.SIG_IGN
