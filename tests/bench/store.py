"""How soon a server with 500 categories serves, and the memory that each loaded one takes."""
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import time

from report import ROOT, Report

BUILD = ROOT / os.environ["MLFSC_BUILD"]
WORK = ROOT / "build" / "bench" / "store"
CATEGORIES = 500
LOADED = 100
STARTS = 3


class Server:
    """A server on a store; `seconds` from its start until it serves."""

    def __init__(self, store, *options):
        port_file = WORK / "port"
        port_file.unlink(missing_ok=True)
        self.log = open(WORK / "server.log", "w")
        start = time.monotonic()
        self.process = subprocess.Popen([BUILD / "bin" / "mlfsc-server", "--listen=127.0.0.1:0", f"--port_file={port_file}",
                                         f"--store={store}", *options], stderr=self.log)
        while not port_file.exists():
            if self.process.poll() is not None:
                raise RuntimeError((WORK / "server.log").read_text())
            time.sleep(0.005)
        self.seconds = time.monotonic() - start
        self.address = "127.0.0.1:" + port_file.read_text().strip()

    def resident(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        return 0

    def settled_resident(self):
        """Once it has not grown for two seconds: what loads in the background is loaded."""
        last, since = self.resident(), time.monotonic()
        while time.monotonic() - since < 2:
            time.sleep(0.1)
            now = self.resident()
            if now > last + (1 << 20):
                last, since = now, time.monotonic()
        return self.resident()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        self.log.close()


def start_seconds(store):
    seconds = []
    for _ in range(STARTS):
        server = Server(store)
        seconds.append(server.seconds)
        server.stop()
    return statistics.median(seconds)


def add_categories(store, first, last):
    """One category's files by other names: as good as copies to whoever reads."""
    for index in range(first, last):
        category = store / f"c{index:03}"
        (category / "1").mkdir(parents=True)
        for name in ("active", ".last_version", "1/manifest.json", "1/bundle.safetensors"):
            os.link(store / "c000" / name, category / name)


def main():
    arguments = Report.parser(__doc__).parse_args()
    shutil.rmtree(WORK, ignore_errors=True)
    store = WORK / "store"
    store.mkdir(parents=True)
    pictures = WORK / "pictures"
    subprocess.run([BUILD / "bin" / "mlfsc", "generate", pictures], check=True, stdout=subprocess.DEVNULL)
    few = WORK / "few"
    few.mkdir()
    for picture in sorted((pictures / "train" / "good").iterdir())[:8]:
        shutil.copy(picture, few)

    empty = start_seconds(store)
    server = Server(store)
    without = server.settled_resident()
    subprocess.run([BUILD / "bin" / "mlfsc", "train", "c000", few, "--server", server.address], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    server.stop()
    files = sum((store / "c000" / "1" / name).stat().st_size for name in ("manifest.json", "bundle.safetensors"))
    add_categories(store, 1, LOADED)
    server = Server(store, f"--max_loaded={LOADED}")
    loaded = server.settled_resident()
    server.stop()
    each = (loaded - without) / LOADED
    add_categories(store, LOADED, CATEGORIES)
    full = start_seconds(store)

    report = Report("store", "A store with many categories", ["what", "found"])
    report.row("start with an empty store, s", f"{empty:.2f}")
    report.row(f"start with {CATEGORIES} categories, s", f"{full:.2f}")
    report.row("what the categories add to it, s", f"{full - empty:.2f}")
    report.row("a category's two files, MB", f"{files / 1e6:.1f}")
    report.row("resident memory of a loaded category, MB", f"{each / 1e6:.1f}")
    report.row("resident memory without one, MB", f"{without / 1e6:.0f}")
    report.note(f"Medians of {STARTS} starts, from the process's start until it serves, backbone and warm-up included; files in the page cache. "
                f"Memory: {LOADED} categories with the default options (pyramid, 5 atoms, whitened) loaded, beside none.")
    report.at_most(f"start with {CATEGORIES} categories", 3, full, " s")
    report.finish(arguments.write)


main()
