"""The feature stage beside LibTorch's convolutions, ONNX Runtime and OpenVINO: same weights, same picture, all passes of `pyramid`."""
import json
import os
import shutil
import statistics
import subprocess
import time

import numpy as np
import onnxruntime
import openvino
from report import ROOT, Report
from server_process import Server
from vgg16_onnx import BACKBONE, CONVOLUTIONS, PASSES, session, weights, write_pyramid

BUILD = ROOT / os.environ["MLFSC_BUILD"] / "bin"
FOLDER = ROOT / "build" / "bench" / "features"
SIZE, THREADS = 256, 2
BATCHES = (1, 4)
FEATURE_TOLERANCE = 4e-5  # models/vgg16.h
# Multiplications of a picture's products by Winograd's algorithm: 36 for 16 outputs.
PAUSE = 0.02  # seconds in which the threads of the one before come to rest


def winograd_products(arrays):
    total = 0
    for pooling, last in PASSES:
        side = SIZE // pooling
        for place, (index, pooled) in enumerate(CONVOLUTIONS[:last + 1]):
            side //= 2 if pooled else 1
            outputs, inputs = arrays[f"features.{index}.weight"].shape[:2]
            if place > 0:
                total += 36 * (side // 4) ** 2 * inputs * outputs
    return total


def open_vino(path):
    compiled = openvino.Core().compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": THREADS,
                                                           "PERFORMANCE_HINT": "LATENCY"})
    request = compiled.create_infer_request()
    return lambda picture: list(request.infer({0: picture}, share_inputs=True, share_outputs=True).values())


class Ours:
    """The program's own side, one command at a time."""

    def __init__(self, picture):
        # Threads that keep turning after their work would take the next one's processor.
        environment = dict(os.environ, OMP_WAIT_POLICY="passive")
        self.process = subprocess.Popen([BUILD / "mlfsc_features_bench", BACKBONE, picture, str(SIZE), str(THREADS)], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)

    def __call__(self, *command):
        print(*command, file=self.process.stdin, flush=True)
        return self.process.stdout.readline().strip()

    def number(self, *command):
        answer = self(*command)
        return None if answer == "none" else float(answer)


def milliseconds(work):
    start = time.perf_counter()
    work()
    return 1e3 * (time.perf_counter() - start)


def in_turns(sides, rounds):
    """{name: median}, after one turn that does not count."""
    times = {name: [] for name in sides}
    for turn in range(rounds + 1):
        for name, side in sides.items():
            time.sleep(PAUSE)
            found = side()
            if turn > 0:
                times[name].append(found)
    return {name: statistics.median(found) for name, found in times.items()}


def disagreement(taps, reference):
    """Largest difference over the layer's largest value. `taps`: all maps in a row; `reference`: of a batch."""
    worst, at = 0, 0
    for maps in reference:
        wanted = np.asarray(maps)[0].ravel()
        found = taps[at:at + wanted.size]
        worst = max(worst, float(np.abs(found - wanted).max() / np.abs(wanted).max()))
        at += wanted.size
    return worst


def auroc(good, bad):
    return float(np.mean([(b > g) + 0.5 * (b == g) for g in good for b in bad]))


def scores(server, pictures):
    """{picture: normalised score} of all test pictures, and the AUROC of raw scores."""
    files = sorted((pictures / "test").glob("*/*.png"))
    answers = json.loads(server.mlfsc("score", "cloth", "--json", *files))
    normalised = np.array([answer["normalized_score"] for answer in answers])
    raw = np.array([answer["raw_score"] for answer in answers])
    is_good = np.array([file.parent.name == "good" for file in files])
    return normalised, auroc(raw[is_good], raw[~is_good])


def compare_scores(report, has_bfloat16):
    pictures = FOLDER / "pictures"
    shutil.rmtree(FOLDER / "store", ignore_errors=True)
    if not pictures.exists():
        subprocess.run([BUILD / "mlfsc", "generate", pictures], check=True, stdout=subprocess.DEVNULL)
    found, memory = {}, {}
    ways = {"direct": ("--convolution", "direct"), "winograd": ("--convolution", "winograd")}
    if has_bfloat16:
        ways["bfloat16"] = ("--precision", "bfloat16")
    for name, options in ways.items():
        with Server(BUILD, FOLDER, FOLDER / "store", "--threads", str(THREADS), *options) as server:
            memory[name] = [server.memory("VmRSS")]
            if name == "direct":
                server.mlfsc("train", "cloth", pictures / "train" / "good")
            found[name] = scores(server, pictures)
            memory[name].append(server.memory("VmHWM"))
    for name, (normalised, area) in found.items():
        worst = float(np.abs(normalised - found["direct"][0]).max())
        report.note(f"{name} on a bundle learnt by direct, {len(normalised)} generated pictures: AUROC {area:.4f}, normalised scores off by "
                    f"at most {worst:.2g}; {memory[name][0]:.0f} MiB resident when warm, {memory[name][1]:.0f} at most.")
    report.at_most("normalised scores, winograd against direct", 0.002, float(np.abs(found["winograd"][0] - found["direct"][0]).max()))
    report.at_most("AUROC, winograd against direct", 0.001, abs(found["winograd"][1] - found["direct"][1]))


def compare_memory(report):
    """A server after a few seconds with more requests than its largest batch holds."""
    sizes = []
    for batch in (1, 4, 8, 16):
        with Server(BUILD, FOLDER, FOLDER / "store", "--threads", str(THREADS), "--max_batch", str(batch)) as server:
            server.mlfsc("bench", "cloth", FOLDER / "pictures" / "test" / "good", "--jobs", str(2 * batch + 2), "--duration", "6")
            sizes.append(f"{server.memory('VmRSS'):.0f} MiB with --max_batch {batch}")
    report.note(f"Resident under load: {', '.join(sizes)}.")


def main():
    parser = Report.parser(__doc__)
    parser.add_argument("--rounds", type=int, default=21, help="turns of each side")
    arguments = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    arrays, mean, deviation = weights()
    picture = np.random.default_rng(1).random((3, SIZE, SIZE), np.float32)
    picture.tofile(FOLDER / "picture.f32")
    normalised = (picture[None] - mean) / deviation
    ours = Ours(FOLDER / "picture.f32")

    report = Report("features", "The feature stage beside LibTorch, ONNX Runtime and OpenVINO",
                    ["what", "batch", "ms a picture", "of LibTorch's", "10^9 products a second", "of the peak"])
    how = ours("taps", FOLDER / "taps.f32")
    taps = np.fromfile(FOLDER / "taps.f32", np.float32)
    products = winograd_products(arrays)
    medians, off, has_bfloat16 = {}, 0, ours("bfloat16", 1) != "none"
    peaks = [max(ours.number("peak") for _ in range(5)), max(ours.number("openblas") for _ in range(3))]
    for batch in BATCHES:
        pictures = np.repeat(normalised, batch, 0)
        graph = FOLDER / f"pyramid-{batch}.onnx"
        write_pyramid(arrays, batch, SIZE, graph)
        others = {"ONNX Runtime": session(graph, THREADS), "OpenVINO, float32": open_vino(graph)}
        for run in others.values():
            off = max(off, disagreement(taps, run(pictures)))
        sides = {"LibTorch, direct": lambda: ours.number("torch", batch), f"ours ({how})": lambda: ours.number("winograd", batch)}
        if has_bfloat16:
            sides["LibTorch, direct, bfloat16"] = lambda: ours.number("bfloat16", batch)
        sides.update({name: lambda run=run: milliseconds(lambda: run(pictures)) for name, run in others.items()})
        found = in_turns(sides, arguments.rounds if batch == 1 else (arguments.rounds + 2) // 3)
        medians[batch] = {name.split(" (")[0]: value / batch for name, value in found.items()}
        peaks.append(max(ours.number("peak") for _ in range(5)))
        for name, value in found.items():
            each = value / batch
            rate = products * 2 / each * 1e-6 if name.startswith("ours") else None
            report.row(name, batch, f"{each:.1f}", f"{each / medians[batch]['LibTorch, direct']:.2f}",
                       f"{rate / 2:.0f}" if rate else "-", f"{rate / max(peaks):.0%}" if rate else "-")
    report.row("the matrix products alone, in cache", "-", "-", "-", f"{max(peaks[0], *peaks[2:]) / 2:.0f}", "100%")
    report.row("OpenBLAS, 2048 x 2048 x 2048", "-", "-", "-", f"{peaks[1] / 2:.0f}", f"{peaks[1] / max(peaks):.0%}")
    ours.process.stdin.close()
    compare_scores(report, has_bfloat16)
    compare_memory(report)

    report.note(f"Two threads each, medians of {arguments.rounds} turns (a third for larger batches); onnxruntime {onnxruntime.__version__}, "
                f"openvino {openvino.__version__.split('-')[0]}. Products are those of Winograd's algorithm, {products / 1e9:.2f} 10^9 a picture "
                "(directly: 21.7).")
    for batch in BATCHES:
        mine = medians[batch]["ours"]
        report.at_most(f"ours against LibTorch, batch {batch}", 0.65, mine / medians[batch]["LibTorch, direct"], " times")
        report.at_most(f"ours against OpenVINO float32, batch {batch}", 0.8, mine / medians[batch]["OpenVINO, float32"], " times")
    report.at_most("ours, batch 1 against batch 4", 1.1, medians[1]["ours"] / medians[4]["ours"], " times")
    report.at_most("features against ONNX Runtime's and OpenVINO's, of the layer's largest value", FEATURE_TOLERANCE, off)
    report.finish(arguments.write)


main()
