"""How far scores differ between the instruction sets that this processor has, and between the convolutions, on the same versions."""
import json
import os
import re
import shutil
import subprocess

from report import ROOT, Report
from server_process import Server

BUILD = ROOT / os.environ["MLFSC_BUILD"] / "bin"
FOLDER = ROOT / "build" / "bench" / "arithmetic"
# core/bundle/arithmetic.h
BOUND = 1e-4
# What is learnt: each view, each source of features and each coder.
CATEGORIES = {
    "fused": (),
    "residuals": ("--score", "whitened"),
    "one-pass": ("--source", "single_pass", "--input-size", "128", "--score", "sum"),
    "omp": ("--coder", "omp", "--score", "whitened"),
    "pixels": ("--source", "pixels", "--score", "sum"),
}
PIXELS = 128


def instruction_sets():
    """Of this processor, the best first: what the server says when it is asked for one that there is not."""
    said = subprocess.run([BUILD / "mlfsc-server", "--listen=127.0.0.1:0", f"--store={FOLDER}/none", "--instruction_set=none"],
                          capture_output=True, text=True).stderr
    names = re.search(r"has auto, (.*)", said).group(1).split(", ")
    # What no processor that serves is left with takes minutes.
    return [name for name in names if name not in ("SCALAR", "EMU128")]


def scores(server, category, files):
    answers = json.loads(server.mlfsc("score", category, "--json", *files))
    return [answer["raw_score"] for answer in answers], [answer["normalized_score"] for answer in answers]


def main():
    arguments = Report.parser(__doc__).parse_args()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    pictures = FOLDER / "pictures"
    subprocess.run([BUILD / "mlfsc", "generate", pictures, "--train", "20"], check=True, stdout=subprocess.DEVNULL)
    files = sorted((pictures / "test").glob("*/*.png"))
    sets = instruction_sets()
    ways = {f"{name}, winograd": ("--instruction_set", name, "--convolution", "winograd") for name in sets}
    ways[f"{sets[0]}, direct"] = ("--convolution", "direct")
    report = Report("arithmetic", "Instruction sets", ["learnt by the first, scored by"] + list(CATEGORIES))
    first, worst, worst_normalised = {}, 0.0, 0.0
    for way, options in ways.items():
        cells = []
        with Server(BUILD, FOLDER, FOLDER / "store", f"--input_sizes={PIXELS},256", "--max_batch=1", *options) as server:
            for category, learning in CATEGORIES.items():
                if category not in first:
                    server.mlfsc("train", category, pictures / "train" / "good", *learning)
                raw, normalised = scores(server, category, files)
                raw_first, normalised_first = first.setdefault(category, (raw, normalised))
                off = max(abs(one - other) / other for one, other in zip(raw, raw_first))
                worst = max(worst, off)
                worst_normalised = max(worst_normalised, *(abs(one - other) for one, other in zip(normalised, normalised_first)))
                cells.append(f"{off:.1e}")
        report.row(way, *cells)
    report.note(f"Largest difference of a raw score, as a share of it, over {len(files)} generated pictures, good and defective; normalised scores differ by at "
                f"most {worst_normalised:.1e}. AVX3 is Highway's name for AVX-512.")
    report.at_most("difference between instruction sets or convolutions, a tenth of what is told of a version", BOUND / 10, worst)
    report.finish(arguments.write)


main()
