"""No processor time: the whole process stopped, and one processor shared with greedier neighbours."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

from faults.conftest import LONG
from faults.good import HOLE, GoodRequests
from faults.server import Server


# Of two arguments: which processor, for how many seconds.
BURN = """
import os, sys, time
os.sched_setaffinity(0, {int(sys.argv[1])})
end = time.monotonic() + float(sys.argv[2])
while time.monotonic() < end:
    pass
"""


def test_stopped_for_a_while_and_gone_on(server: Server, good: GoodRequests) -> None:
    """Under load: what came before and meanwhile is answered, right."""
    codes: list[bool] = []

    def ask() -> None:
        for _ in range(20 if LONG else 4):
            codes.append(server.score("cloth", HOLE).ok)

    stations = [threading.Thread(target=ask) for _ in range(4)]
    for station in stations:
        station.start()
    for _ in range(5 if LONG else 1):
        server.process.send_signal(signal.SIGSTOP)
        time.sleep(3 if LONG else 0.2)
        server.process.send_signal(signal.SIGCONT)
        good.faults["spells without a processor"] += 1
        time.sleep(0.05)
    for station in stations:
        station.join()
    assert all(codes) and codes


def test_one_processor_that_others_want_more(server: Server, good: GoodRequests) -> None:
    """Neighbours at normal priority, the server at the lowest, all of its threads on the one processor."""
    threads = [int(name) for name in os.listdir(f"/proc/{server.process.pid}/task")]
    everywhere = os.sched_getaffinity(server.process.pid)
    processor = min(everywhere)
    for thread in threads:
        os.sched_setaffinity(thread, {processor})
        os.setpriority(os.PRIO_PROCESS, thread, 19)
    arguments = [sys.executable, "-I", "-S", "-c", BURN, str(processor), "10" if LONG else "0.7"]
    burners = [subprocess.Popen(arguments) for _ in range(2)]
    good.faults["spells without a processor"] += len(burners)
    while any(burner.poll() is None for burner in burners):
        good.check(server)
    assert [burner.wait() for burner in burners] == [0, 0]
    for thread in threads:
        os.sched_setaffinity(thread, everywhere)
        try:
            os.setpriority(os.PRIO_PROCESS, thread, 0)
        except PermissionError:
            pass  # Without root it stays as nice as it is.
