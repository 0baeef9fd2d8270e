"""How well defects are told from good pictures, and at what cost: the program's scores beside PatchCore and PaDiM on the same features.

Data sets are those in the layout of MVTec AD at or below the given folders; without any, cloth that `mlfsc generate` draws.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys

import own_methods
import reference_methods
from accuracy_report import COLUMNS, add_bars, add_rows
from data_sets import find_sets
from patchcore import CORESET_SHARE, MAX_CANDIDATES
from report import ROOT, Report, commit, refuse_dirty_tree
from server_process import Server
from training_features import TrainingFeatures

BUILD = ROOT / os.environ["MLFSC_BUILD"] / "bin"
FOLDER = ROOT / "build" / "bench" / "accuracy"
# What paths on the command line are relative to.
STARTED_IN = pathlib.Path(os.environ.get("MLFSC_STARTED_IN", "."))
DOCS = ROOT / "docs" / "accuracy.md"
DOCS_HEADER = """# Accuracy

What `scripts/bench accuracy FOLDER... --write` printed on the machine that it names: figures only, of data sets that are not part of the project.
"""
THREADS = 2
FALSE_ALARM_RATE = 0.01
METHODS = (*own_methods.OWN_METHODS, *reference_methods.DETECTORS)


def words(text):
    return [word for word in text.split(",") if word]


def parse_arguments():
    parser = Report.parser(__doc__, DOCS)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("folders", nargs="*", metavar="FOLDER", help="data sets in the layout of MVTec AD, or folders of them")
    parser.add_argument("--methods", type=words, default=METHODS, help=f"only these: {','.join(METHODS)}")
    parser.add_argument("--only", type=words, action="extend", metavar="SET", help="only the sets of these names")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write all figures there, too")
    arguments = parser.parse_args()
    for method in arguments.methods:
        if method not in METHODS:
            parser.error(f"--methods: {method} is none of {', '.join(METHODS)}")
    return arguments


def generated_cloth():
    folder = FOLDER / "generated-cloth"
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([BUILD / "mlfsc", "generate", folder], check=True, stdout=subprocess.DEVNULL)
    return folder


def wanted_sets(arguments):
    try:
        sets = find_sets([STARTED_IN / folder for folder in arguments.folders] or [generated_cloth()])
    except ValueError as error:
        sys.exit(f"accuracy: {error}")
    for name in arguments.only or ():
        if name not in [data_set.name for data_set in sets]:
            sys.exit(f"accuracy: no set {name}, only {', '.join(data_set.name for data_set in sets)}")
    return [data_set for data_set in sets if not arguments.only or data_set.name in arguments.only]


def measure_set(data_set, methods, server):
    """Results in the order of `methods`."""
    results, network, training = [], None, None
    for method in methods:
        print(f"{data_set.name}: {method}", file=sys.stderr)
        if method in own_methods.OWN_METHODS:
            results.append(own_methods.measure(server, data_set, method, FALSE_ALARM_RATE))
            continue
        if training is None:
            network = reference_methods.Network(FOLDER, THREADS)
            training = TrainingFeatures(data_set, network, FOLDER / "training-features.npy")
        results.append(reference_methods.measure(method, data_set, network, training, FALSE_ALARM_RATE))
    if training is not None:
        training.delete()
    return results


def write_json(path, data_sets, by_set, means):
    path.write_text(json.dumps({
        "commit": commit(),
        "sets": [{"name": one.name, "train": len(one.train), "test_good": sum(picture.good for picture in one.test),
                  "test_defective": sum(not picture.good for picture in one.test)} for one in data_sets],
        "results": [result.as_json() for results in by_set.values() for result in results],
        "means": means}, indent=2) + "\n")


def main():
    arguments = parse_arguments()
    if arguments.write:
        refuse_dirty_tree()
    FOLDER.mkdir(parents=True, exist_ok=True)
    data_sets = wanted_sets(arguments)
    known = own_methods.known_methods(BUILD / "mlfsc")
    methods = [method for method in METHODS if method in arguments.methods and method in (*known, *reference_methods.DETECTORS)]
    report = Report("accuracy", "Defects told from good pictures", COLUMNS, DOCS, DOCS_HEADER)
    for method in arguments.methods:
        if method not in methods:
            report.note(f"{method} is left out: this build's --score does not know it.")
    store = FOLDER / "store"
    shutil.rmtree(store, ignore_errors=True)
    with Server(BUILD, FOLDER, store, "--threads", str(THREADS), "--input_sizes", "256") as server:
        by_set = {data_set.name: measure_set(data_set, methods, server) for data_set in data_sets}
    shutil.rmtree(store)
    means = add_rows(report, by_set, methods)
    add_bars(report, by_set, tuple(reference_methods.DETECTORS))
    for one in data_sets:
        good = sum(picture.good for picture in one.test)
        report.note(f"{one.name}: {len(one.train)} pictures to learn from, {good} good and {len(one.test) - good} defective to test.")
    report.note("All at 256 px with defaults. PatchCore and PaDiM are written from the papers; they see conv2_2, conv3_3 and conv4_3 of the same "
                "network at S/8, 2 cells of border cut, each channel standardised by the good pictures. PatchCore's bank is "
                f"{100 * CORESET_SHARE:.0f} % of at most {MAX_CANDIDATES:,} patches. Thresholds of all by the same rule from out-of-fold scores of the "
                "good pictures. Milliseconds: medians, one picture at a time on two threads; ours the server's whole way of a Score, theirs reading, "
                "features, score and map.")
    if arguments.json:
        write_json(STARTED_IN / arguments.json, data_sets, by_set, means)
    report.finish(arguments.write)


main()
