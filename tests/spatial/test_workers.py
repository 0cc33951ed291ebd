"""Computing processes: they do the work, and none is left behind when the main process is killed."""

import os
import signal
import subprocess
import sys
import time

import pytest

MAIN = """
import os, sys, time
from spatial.workers import pool
if __name__ == "__main__":
    with pool(2) as two:
        print(*two.map(pow, [2, 3], [5, 2]), flush=True)
        print(*two._processes, flush=True)
        time.sleep(60)
"""


def running(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="looks at processes by /proc")
def test_workers_end_with_a_main_process_that_is_killed(tmp_path):
    script = tmp_path / "main.py"
    script.write_text(MAIN)
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True, env=environment) as main:
        assert main.stdout.readline() == "32 9\n"
        pids = [int(pid) for pid in main.stdout.readline().split()]
        assert pids
        assert all(running(pid) for pid in pids)
        main.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while any(running(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(running(pid) for pid in pids)
