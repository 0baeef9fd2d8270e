"""What counting costs a picture, beside the processor time that a real server spends on one at full load."""
import contextlib
import json
import os
import re
import shutil
import subprocess
import urllib.request

from report import ROOT, Report

BIN = ROOT / os.environ["MLFSC_BUILD"] / "bin"
FOLDER = ROOT / "build" / "bench" / "metrics"
# As in deploy/prometheus/prometheus.yml.
SCRAPE_INTERVAL_SECONDS = 15


@contextlib.contextmanager
def server():
    """Yields what its start line tells: the address of the service and of the metrics."""
    process = subprocess.Popen(
        [BIN / "mlfsc-server", "--listen=127.0.0.1:0", "--metrics=127.0.0.1:0", f"--store={FOLDER}/store", "--log_level=info"],
        stderr=subprocess.PIPE, text=True)
    try:
        for line in process.stderr:
            if found := re.search(r" serving address=(\S+) metrics=(\S+)", line):
                break
        else:
            raise SystemExit("the server did not start")
        with open(os.devnull, "w") as nowhere:
            drain = subprocess.Popen(["cat"], stdin=process.stderr, stdout=nowhere)
        yield found.groups()
    finally:
        process.terminate()
        process.wait()
        drain.wait()


def value(metrics, name):
    with urllib.request.urlopen(f"http://{metrics}/metrics") as answer:
        page = answer.read().decode()
    return sum(float(number) for number in re.findall(rf"^{name}(?:{{.*}})? (\S+)$", page, flags=re.MULTILINE))


def picture_processor_seconds(rounds):
    """Of the whole server, for a picture of the default kind, while four clients score as fast as they can; and pictures a second."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    subprocess.run([BIN / "mlfsc", "generate", FOLDER / "cloth", "--train=20", "--test-good=40"], check=True, stdout=subprocess.DEVNULL)
    with server() as (address, metrics):
        def mlfsc(*arguments):
            subprocess.run([BIN / "mlfsc", *arguments, "--server", address], check=True, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
        mlfsc("train", "cloth", FOLDER / "cloth")
        score = ("score", "cloth", FOLDER / "cloth" / "test" / "good", "--jobs=4")
        mlfsc(*score)
        before = value(metrics, "process_cpu_seconds_total"), value(metrics, "mlfsc_verdicts_total")
        for _ in range(rounds):
            mlfsc(*score)
        after = value(metrics, "process_cpu_seconds_total"), value(metrics, "mlfsc_verdicts_total")
    pictures = after[1] - before[1]
    return (after[0] - before[0]) / pictures, int(pictures)


def main():
    parser = Report.parser(__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="times that 40 pictures are scored")
    arguments = parser.parse_args()
    seconds, pictures = picture_processor_seconds(arguments.rounds)
    run = subprocess.run([BIN / "mlfsc_metrics_bench", "1000000"], check=True, stdout=subprocess.PIPE, text=True)
    found = json.loads(run.stdout)
    counting = found["picture_seconds"] / seconds
    reading = found["scrape_seconds"] / SCRAPE_INTERVAL_SECONDS / os.cpu_count()

    report = Report("metrics", "The cost of metrics", ["what", "processor time", "share of the machine"])
    report.row("one Score, default options, under load", f"{seconds * 1e3:.1f} ms", "")
    report.row("counting it", f"{found['picture_seconds'] * 1e6:.2f} us", f"{counting:.5%}")
    report.row(f"reading the page, {found['page_bytes'] / 1e6:.1f} MB, every {SCRAPE_INTERVAL_SECONDS} s",
               f"{found['scrape_seconds'] * 1e3:.1f} ms", f"{reading:.3%}")
    report.note(f"The Score's time from process_cpu_seconds_total over {pictures} pictures; counting from {found['threads']} threads at once, "
                "1,000,000 pictures of 500 categories; the page with all the series that there can be.")
    report.at_most("metrics' share of the throughput", 1, (counting + reading) * 100, " %")
    report.finish(arguments.write)


main()
