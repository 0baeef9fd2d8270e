"""Peak memory of the server while it learns, with few pictures and with many."""
import os
import pathlib
import shutil
import subprocess
import time

from report import ROOT, Report

BUILD = ROOT / os.environ["MLFSC_BUILD"]
FOLDER = ROOT / "build" / "bench" / "memory"
WANTED_MB = 64


def status(pid, field):
    """Megabytes, as the kernel counts them."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"/proc/{pid}/status has no {field}")


def train(pictures, count):
    """A fresh server learns from the first `count` pictures. Returns megabytes before, the peak, and seconds."""
    store, port_file, some = FOLDER / "store", FOLDER / "port", FOLDER / "some"
    for folder in (store, some):
        shutil.rmtree(folder, ignore_errors=True)
    port_file.unlink(missing_ok=True)
    some.mkdir()
    for picture in sorted(pictures.iterdir())[:count]:
        (some / picture.name).hardlink_to(picture)
    with open(FOLDER / "server.log", "w") as log:
        server = subprocess.Popen([BUILD / "bin" / "mlfsc-server", "--listen", "127.0.0.1:0", "--port_file", port_file, "--store", store,
                                   "--input_sizes", "256"], stderr=log)
    try:
        while not port_file.exists():
            if server.poll() is not None:
                raise RuntimeError((FOLDER / "server.log").read_text())
            time.sleep(0.1)
        idle = status(server.pid, "VmRSS")
        start = time.monotonic()
        subprocess.run([BUILD / "bin" / "mlfsc", "train", "cloth", some, "--server", f"127.0.0.1:{port_file.read_text().strip()}"], check=True,
                       stdout=subprocess.DEVNULL)
        return idle, status(server.pid, "VmHWM"), time.monotonic() - start
    finally:
        server.terminate()
        server.wait()


def main():
    parser = Report.parser(__doc__)
    parser.add_argument("--few", type=int, default=100, help="pictures of the small training")
    parser.add_argument("--many", type=int, default=2000, help="pictures of the large one")
    arguments = parser.parse_args()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    subprocess.run([BUILD / "bin" / "mlfsc", "generate", FOLDER / "pictures", "--train", str(arguments.many), "--test-good", "1",
                    "--test-defective", "1"], check=True, stdout=subprocess.DEVNULL)

    report = Report("memory", "Memory of a training", ["pictures", "idle server, MB", "peak, MB", "seconds"])
    peaks = []
    for count in (arguments.few, arguments.many):
        idle, peak, seconds = train(FOLDER / "pictures" / "train" / "good", count)
        peaks.append(peak)
        report.row(f"{count:,}", f"{idle:.0f}", f"{peak:.0f}", f"{seconds:.0f}")
    report.note("Defaults (pyramid, 256 px), a fresh server for each training; peak: VmHWM of the server, warm-up included.")
    report.at_most(f"peak with {arguments.many:,} pictures over the peak with {arguments.few:,}", WANTED_MB, peaks[1] - peaks[0], " MB")
    shutil.rmtree(FOLDER)
    report.finish(arguments.write)


main()
