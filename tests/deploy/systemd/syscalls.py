"""syscalls.py BIN UNIT: the server's system calls, while it starts, learns, scores and ends, are among those that the unit allows.

systemd itself cannot be run everywhere; what its filter would refuse can be told from a trace. scripts/check deploy calls it.
"""

import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import time


def members(group: str) -> set[str]:
    """The system calls of a group, those of the groups in it too."""
    listed = subprocess.run(
        ["systemd-analyze", "syscall-filter", "--no-pager", group], check=True, capture_output=True, text=True
    ).stdout
    names = [line.strip() for line in listed.splitlines()[1:] if line.startswith("    ") and not line.strip().startswith("#")]
    return {call for name in names for call in (members(name) if name.startswith("@") else {name})}


def allowed(unit: str) -> set[str]:
    calls: set[str] = set()
    for words in re.findall(r"^SystemCallFilter=(.*)$", unit, re.MULTILINE):
        deny = words.startswith("~")
        named = {c for word in words.lstrip("~").split() for c in (members(word) if word.startswith("@") else {word})}
        calls = calls - named if deny else calls | named
    return calls


def trace(binaries: pathlib.Path) -> set[str]:
    with tempfile.TemporaryDirectory() as folder:
        here = pathlib.Path(folder)
        server = [binaries / "mlfsc-server", "--listen=127.0.0.1:0", "--metrics", "127.0.0.1:0", f"--port_file={here}/port",
                  f"--store={here}/store", f"--spool_folder={here}"]  # fmt: skip
        # strace alone may trace: the server is told to end by its own id.
        traced = subprocess.Popen(["strace", "-f", "-qq", "-o", here / "trace", *server], stderr=subprocess.DEVNULL)
        try:
            while not (here / "port").exists():
                assert traced.poll() is None, "the server ended"
                time.sleep(0.1)
            where = ["--server", "127.0.0.1:" + (here / "port").read_text().strip()]
            mlfsc = binaries / "mlfsc"
            subprocess.run([mlfsc, "generate", here / "p", "--train=4", "--test-good=1", "--test-defective=1"], check=True, stdout=subprocess.DEVNULL)
            subprocess.run([mlfsc, "eval", "cloth", here / "p", "--train", *where], check=True, stdout=subprocess.DEVNULL)
            children = pathlib.Path(f"/proc/{traced.pid}/task/{traced.pid}/children").read_text().split()
            subprocess.run(["kill", "-TERM", *children], check=True)
            assert traced.wait(timeout=60) == 0
        finally:
            traced.kill()
            traced.wait()
        return set(re.findall(r"^\d+ +(\w+)\(", (here / "trace").read_text(), re.MULTILINE))


def main() -> None:
    binaries, unit = map(pathlib.Path, sys.argv[1:])
    used = trace(binaries)
    refused = used - allowed(unit.read_text())
    print(f"systemd: {len(used)} system calls traced: {shlex.join(sorted(used))}")
    # The loader asks for what is not there on x86-64 any more, and takes no for an answer.
    assert not refused, f"the unit would refuse: {sorted(refused)}"
    print("systemd: all of them are allowed by the unit")


main()
