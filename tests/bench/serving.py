"""The real server under load, beside the bare work of the same pictures in the same process."""
import json
import os
import shutil
import statistics
import subprocess
import tempfile

from report import ROOT, Report

BUILD = ROOT / os.environ["MLFSC_BUILD"]
PICTURES = ROOT / "build" / "bench" / "serving"
FIGURE = ROOT / "docs" / "serving.png"
OK, RESOURCE_EXHAUSTED = 0, 8


def quantile(values, share):
    """The nearest rank: a value that was seen."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def milliseconds(seconds):
    return f"{1000 * seconds:,.1f}"


def latencies(answers, code=OK):
    return [latency for latency, found in zip(answers["latency"], answers["code"]) if found == code]


def quantiles(answers, code=OK):
    values = latencies(answers, code)
    return [milliseconds(quantile(values, share)) for share in (0.5, 0.95, 0.99)] if values else ["-"] * 3


def merged(runs):
    return {key: [value for run in runs for value in run[key]] for key in ("sent", "latency", "code")}


def rate(times):
    """Slope of the line through the answers: batches of them come together, so that counting in a window depends on its edges."""
    times = sorted(times)
    if len(times) < 2:
        return 0.0
    mean, middle = statistics.fmean(times), (len(times) - 1) / 2
    return (sum((time - mean) * (i - middle) for i, time in enumerate(times)) / sum((time - mean) ** 2 for time in times))


def batch_text(batches):
    return f"{statistics.fmean(batches):.1f}"


class Closed:
    """A number of clients in a closed loop, all rounds together."""

    def __init__(self, found):
        rounds = found["rounds"]
        self.clients = found["clients"]
        self.answers = merged([one["answers"] for one in rounds])
        self.count = len(self.answers["sent"])
        self.served = self.count / sum(one["seconds"] for one in rounds)
        self.bare = self.count / (sum(sum(one["bare_ms"]) for one in rounds) / 1000)
        self.ratio = self.served / self.bare
        self.batch = batch_text([size for one in rounds for size in one["batches"]])
        self.failed = sum(code != OK for code in self.answers["code"])


class Open:
    """One rate in an open loop. Above capacity what is measured begins when the queue has been full for a while."""

    def __init__(self, found):
        self.load, self.capacity, answers = found["load"], found["capacity"], found["answers"]
        self.peak = statistics.fmean([found["capacity"], found["capacity_after"]])
        last = max(answers["sent"])
        begin = 0.2 * last if self.load > 1 else 0.0
        ends = [sent + latency for sent, latency in zip(answers["sent"], answers["latency"])]
        self.goodput = rate([end for end, code in zip(ends, answers["code"]) if code == OK and begin <= end <= last])
        window = [i for i, sent in enumerate(answers["sent"]) if sent >= begin]
        self.answers = {key: [answers[key][i] for i in window] for key in answers}
        self.offered = len(window) / (last - begin)
        self.refused = sum(code == RESOURCE_EXHAUSTED for code in self.answers["code"])
        self.other = sum(code not in (OK, RESOURCE_EXHAUSTED) for code in self.answers["code"])


def draw(closed, opened, idle, training, memory):
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, ((throughput, latency), (load, resident)) = pyplot.subplots(2, 2, figsize=(11, 7.5), layout="constrained")
    places = range(len(closed))
    throughput.bar([x - 0.2 for x in places], [run.served for run in closed], 0.4, label="served")
    throughput.bar([x + 0.2 for x in places], [run.bare for run in closed], 0.4, label="bare work, same batches")
    throughput.set(xticks=places, xticklabels=[run.clients for run in closed], xlabel="clients", ylabel="pictures/s",
                   title="Closed loop")
    throughput.legend(loc="lower right")

    for answers, label in ((idle, "idle"), (training, "while a Train runs")):
        values = sorted(1000 * value for value in latencies(answers))
        latency.plot(values, [(i + 1) / len(values) for i in range(len(values))], drawstyle="steps-post", label=label)
    latency.set(xlabel="ms", ylabel="share of Scores answered", title="Score, three a second", xlim=(0, None), ylim=(0, 1.01))
    latency.legend(loc="lower right")

    x = [100 * run.load for run in opened]
    load.plot(x, [run.offered for run in opened], "o--", color="grey", label="offered")
    load.plot(x, [run.goodput for run in opened], "o-", label="answered")
    load.plot(x, [run.peak for run in opened], color="grey", linewidth=0.8, label="capacity then")
    load.set(xlabel="load, % of capacity", ylabel="pictures/s", title="Open loop", ylim=(0, None))
    load.legend(loc="upper left")

    resident.plot(memory["seconds"], [size / 2**20 for size in memory["bytes"]])
    for phase in memory["phases"]:
        resident.axvline(phase["seconds"], color="lightgrey", linewidth=0.8)
        resident.text(phase["seconds"], 0, phase["phase"] + " ", rotation=90, ha="right", va="bottom", fontsize=7)
    resident.set(xlabel="s", ylabel="MiB resident", title="Memory over the run", ylim=(0, None))
    figure.savefig(FIGURE, dpi=90)


def main():
    parser = Report.parser(__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full length")
    arguments = parser.parse_args()
    shutil.rmtree(PICTURES, ignore_errors=True)
    PICTURES.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([BUILD / "bin" / "mlfsc", "generate", PICTURES], check=True, stdout=subprocess.DEVNULL)
    backbone = ROOT / "models" / "vgg16" / "vgg16-imagenet.fp16.safetensors"
    with tempfile.TemporaryDirectory() as store:
        run = subprocess.run([BUILD / "bin" / "mlfsc_serving_bench", backbone, PICTURES, store, str(arguments.scale)],
                             check=True, stdout=subprocess.PIPE, text=True)
    (PICTURES / "serving.json").write_text(run.stdout)
    found = json.loads(run.stdout)

    report = Report("serving", "Serving under load",
                    ["load", "pictures", "answered/s", "bare/s", "served/bare", "batch", "p50 ms", "p95 ms", "p99 ms", "refused"])
    lone_bare = statistics.median(found["lone"]["bare_ms"])
    lone = found["lone"]["answers"]
    lone_ms = 1000 * statistics.median(latencies(lone))
    report.row("one request at a time, in turn with bare ones", len(lone["sent"]), "-", "-", f"{lone_bare / lone_ms:.3f}", "1",
               *quantiles(lone), "-")
    closed = [Closed(one) for one in found["closed"]]
    for run in closed:
        report.row(f"closed loop, {run.clients} clients", run.count, f"{run.served:.2f}", f"{run.bare:.2f}", f"{run.ratio:.3f}", run.batch,
                   *quantiles(run.answers), run.failed)
    opened = [Open(one) for one in found["open"]]
    for run in opened:
        report.row(f"open loop, {100 * run.load:.0f} % of {run.capacity:.2f}/s", len(run.answers["sent"]), f"{run.goodput:.2f}", "-", "-", "-",
                   *quantiles(run.answers), run.refused)
    idle, training = found["idle"]["answers"], found["training"]
    report.row("three Scores a second", len(idle["sent"]), "-", "-", "-", "-", *quantiles(idle), "-")
    report.row(f"the same while {training['pictures']} pictures are learnt ({training['seconds']:.0f} s)", len(training["answers"]["sent"]), "-", "-",
               "-", "-", *quantiles(training["answers"]), "-")

    over = opened[-1]
    refusals = latencies(over.answers, RESOURCE_EXHAUSTED)
    # All that may be before a picture: those that wait, the batch in the pass, the batch behind it that is being coded.
    places = found["places"] + found["max_batch"]
    bound = places / over.peak
    memory = found["memory"]
    sizes = dict(zip([phase["phase"] for phase in memory["phases"]], sizes_at(memory)))
    report.note("Bare: the forward pass of models/bare_forward.h on the batches that were served, plus coding and scoring, in the server's own"
                " process, in turn with it. Bare of one picture:"
                f" {lone_bare:.1f} ms. Latencies are the client's; in an open loop they count from when a picture was due.")
    report.note(f"Memory: {', '.join(f'{size / 2**20:.0f} MiB after {phase}' for phase, size in sizes.items())}.")
    if refusals:
        report.note(f"Refusals at {100 * over.load:.0f} %: {len(refusals)}, p50 {1000 * quantile(refusals, 0.5):.2f} ms, p99"
                    f" {1000 * quantile(refusals, 0.99):.2f} ms; other failures: {over.other}.")
    for run in closed:
        if run.clients >= 8:
            report.at_least(f"throughput with {run.clients} clients against the bare loop", 0.95, run.ratio, " times")
    report.at_most("a lone Score against a bare forward pass plus coding", 1.10, lone_ms / lone_bare, " times")
    report.at_least(f"goodput at {100 * over.load:.0f} % load against the peak", 0.95, over.goodput / over.peak, " times")
    report.at_most(f"p99 of what is accepted at {100 * over.load:.0f} % load ({places} places x {1000 / over.peak:.0f} ms)", round(bound, 2),
                   quantile(latencies(over.answers), 0.99), " s")
    report.at_most("median time to a refusal", 5, 1000 * quantile(refusals, 0.5) if refusals else float("inf"), " ms")
    report.at_most("Score's p99 during a Train against idle's", 2,
                   quantile(latencies(training["answers"]), 0.99) / quantile(latencies(idle), 0.99), " times")
    report.at_most("requests that failed in a closed loop", 0, sum(run.failed for run in closed))
    if arguments.write:
        draw(closed, opened, idle, training["answers"], memory)
        report.note("![Throughput, latency, load and memory](serving.png)")
    report.finish(arguments.write)


def sizes_at(memory):
    """The server's size at the end of each phase."""
    sizes = []
    for phase in memory["phases"]:
        before = [size for second, size in zip(memory["seconds"], memory["bytes"]) if second <= phase["seconds"]]
        sizes.append(before[-1] if before else memory["bytes"][0])
    return sizes


main()
