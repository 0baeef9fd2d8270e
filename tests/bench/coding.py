"""The coding stage and the learner beside scikit-learn: the same patches, the same dictionaries, turn by turn."""
import json
import os
import pathlib
import subprocess
import time
import warnings

import numpy as np
from generated_features import features, pictures
from report import ROOT, Report
from safetensors.numpy import load_file, save_file
from sklearn.decomposition import MiniBatchDictionaryLearning, sparse_encode
from sklearn.exceptions import ConvergenceWarning

FOLDER = ROOT / "build" / "bench" / "coding"
BINARY = pathlib.Path(os.environ.get("MLFSC_BUILD", "build/release")) / "bin" / "mlfsc_coding_bench"
PATCHES = {"pyramid": (8, 2), "single_pass": (8, 2), "pixels": (16, 4)}
LEARN_FROM = {"pyramid": 110, "single_pass": 2, "pixels": 4}
ALPHA, NONZEROS, ATOMS, EPOCHS, BATCH_PICTURES = 1.0, 3, 5, 2, 4
LEARN_CHANNELS = 6  # of 896, that scikit-learn learns too
# float32 sums of up to 256 products against double: cells * 2^-24 of ||x||^2, times 4.
AGREEMENT = 4 * 256 * 2.0**-24


def patches_of(maps, source):
    """[channels, height, width] -> [channels, patches, cells], float64."""
    size, stride = PATCHES[source]
    windows = np.lib.stride_tricks.sliding_window_view(maps, (size, size), axis=(1, 2))[:, ::stride, ::stride]
    return windows.reshape(maps.shape[0], -1, size * size).astype(np.float64)


def save_features(path, by_source):
    """by_source: {source: [features of a picture, ...]}."""
    arrays = {}
    for source, of_pictures in by_source.items():
        for layer in of_pictures[0]:
            arrays[f"{source}.{layer}"] = np.ascontiguousarray([maps[layer] for maps in of_pictures])
    save_file(arrays, path)  # writes memory as it lies: C order only


def run_binary(features_file, dictionaries_file, *options):
    """{benchmark: (milliseconds, milliseconds of CPU)}, and Google Benchmark's context."""
    out = FOLDER / "times.json"
    subprocess.run([BINARY, "--features", features_file, "--dictionaries", dictionaries_file, f"--benchmark_out={out}",
                    "--benchmark_out_format=json", *options], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    result = json.loads(out.read_text())
    times = {b["name"].split("/")[0] + "/" + b["name"].split("/")[1]: (b["real_time"], b["cpu_time"]) for b in result["benchmarks"]}
    return times, result["context"]


def encode(patches, dictionary, coder):
    if coder == "lasso":
        return sparse_encode(patches, dictionary, algorithm="lasso_lars", alpha=ALPHA, max_iter=5000)
    return sparse_encode(patches, dictionary, algorithm="omp", n_nonzero_coefs=NONZEROS)


def scikit_code(work, coder):
    """Milliseconds for all (patches, dictionary) of `work`, and the residuals of each."""
    start = time.perf_counter()
    codes = [encode(patches, dictionary, coder) for patches, dictionary in work]
    elapsed = 1e3 * (time.perf_counter() - start)
    return elapsed, [((p - c @ d) ** 2).sum(1) for (p, d), c in zip(work, codes)]


def objective(patches, dictionary):
    dictionary = dictionary / np.linalg.norm(dictionary, axis=1, keepdims=True)
    codes = encode(patches, dictionary, "lasso")
    return (0.5 * ((patches - codes @ dictionary) ** 2).sum(1) + ALPHA * np.abs(codes).sum(1)).mean()


def scikit_learn(patches, seed):
    learner = MiniBatchDictionaryLearning(n_components=ATOMS, alpha=ALPHA, max_iter=EPOCHS, batch_size=BATCH_PICTURES * 121, tol=0,
                                          max_no_improvement=None, random_state=seed, fit_algorithm="lars")
    return learner.fit(patches).components_


def compare_learning(report):
    """Learns all dictionaries with the program, some with scikit-learn; the best of three runs is the program's time."""
    learning = FOLDER / "learning.safetensors"
    learnt = FOLDER / "dictionaries.safetensors"
    learn_from = {source: [features(p, source) for p in pictures(count, 1)] for source, count in LEARN_FROM.items()}
    save_features(learning, learn_from)
    runs = []
    for _ in range(3):
        learnt.unlink(missing_ok=True)
        runs.append(run_binary(learning, learnt)[0])
    mine = sorted(run["pyramid/learn"][0] for run in runs)[1]
    learning.unlink()

    layer = "conv4_3"
    dictionaries = load_file(learnt)[f"pyramid.{layer}"].astype(np.float64)
    channels = np.linspace(0, len(dictionaries) - 1, LEARN_CHANNELS).astype(int)
    found, wanted, elapsed = [], [], 0
    for channel in channels:
        maps = np.stack([maps[layer][channel] for maps in learn_from["pyramid"]])
        patches = patches_of(maps, "pyramid").reshape(-1, 64)
        start = time.perf_counter()
        reference = scikit_learn(patches, 0)
        elapsed += 1e3 * (time.perf_counter() - start)
        found.append(objective(patches, dictionaries[channel]))
        wanted.append(objective(patches, reference))
    theirs = elapsed / LEARN_CHANNELS * 896
    report.row("learn 896 dictionaries, 110 pictures", "MiniBatchDictionaryLearning", f"{theirs:,.0f} *", f"{mine:,.0f}", f"{theirs / mine:,.0f}")
    pixels = sorted(run["pixels/learn"][0] for run in runs)[1]
    report.row("learn 200 atoms of 16x16, 4 pictures", "-", "-", f"{pixels:,.0f}", "-")
    report.note(f"* {LEARN_CHANNELS} channels measured, times 896 / {LEARN_CHANNELS}.")
    return learnt, mine, np.mean(found) / np.mean(wanted)


def compare_coding(report, learnt, rounds):
    """One new picture of each source, both coders, `rounds` turns of each side; medians."""
    coding, residuals_file = FOLDER / "coding.safetensors", FOLDER / "residuals.safetensors"
    picture = pictures(1, 2)[0]
    maps = {source: features(picture, source) for source in PATCHES}
    save_features(coding, {source: [of] for source, of in maps.items()})
    dictionaries = load_file(learnt)
    cases = [("pyramid", "lasso"), ("pyramid", "omp"), ("pixels", "lasso"), ("pixels", "omp")]
    work = {source: [(p, d) for layer, of in maps[source].items()
                     for p, d in zip(patches_of(of, source), dictionaries[f"{source}.{layer}"].astype(np.float64))]
            for source in ("pyramid", "pixels")}

    mine, theirs, disagreement = {}, {}, 0
    for _ in range(rounds):
        times, context = run_binary(coding, learnt, "--residuals", residuals_file)
        for name, (real, cpu) in times.items():
            mine.setdefault(name, []).append((real, cpu))
        residuals = load_file(residuals_file)
        for source, coder in cases:
            elapsed, wanted = scikit_code(work[source], coder)
            theirs.setdefault(f"{source}/{coder}", []).append(elapsed)
            found = np.concatenate([residuals[f"{source}.{coder}.{layer}"].reshape(len(of), -1) for layer, of in maps[source].items()])
            energies = [(p**2).sum(1) for p, _ in work[source]]
            disagreement = max(disagreement, *(np.max(np.abs(f - w) / np.maximum(e, 1)) for f, w, e in zip(found, wanted, energies)))

    real = {name: float(np.median([t[0] for t in times])) for name, times in mine.items()}
    theirs = {name: float(np.median(times)) for name, times in theirs.items()}
    names = {"lasso": "lasso_lars", "omp": "omp"}
    for name in real:
        source, coder = name.split("/")
        patches = sum(p.shape[0] * p.shape[1] for p in (patches_of(of, source) for of in maps[source].values()))
        label = f"code a picture, {source}, {coder}: {patches:,} patches"
        if name in theirs:
            report.row(label, names[coder], f"{theirs[name]:,.0f}", f"{real[name]:.2f}", f"{theirs[name] / real[name]:,.0f}")
        else:
            report.row(label, "-", "-", f"{real[name]:.2f}", "-")
    report.note(f"Instruction set used: {context['vector_target']}. Two threads; scikit-learn as it comes (one job). Milliseconds, medians of "
                f"{rounds} turns.")
    return real, theirs, disagreement


def main():
    parser = Report.parser(__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="turns of each side")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore", category=ConvergenceWarning)
    warnings.filterwarnings("ignore", category=RuntimeWarning)
    FOLDER.mkdir(parents=True, exist_ok=True)
    report = Report("coding", "Coding and learning beside scikit-learn", ["what", "scikit-learn", "its ms", "our ms", "ratio"])

    learnt, learning_time, quality = compare_learning(report)
    real, theirs, disagreement = compare_coding(report, learnt, arguments.rounds)

    report.at_least("pyramid, our Lasso against lasso_lars", 1000, theirs["pyramid/lasso"] / real["pyramid/lasso"], " times faster")
    report.at_least("pyramid, our Lasso against omp", 400, theirs["pyramid/omp"] / real["pyramid/lasso"], " times faster")
    report.at_least("pyramid, our OMP against omp", 400, theirs["pyramid/omp"] / real["pyramid/omp"], " times faster")
    report.at_most("a picture's Lasso, pyramid", 6, real["pyramid/lasso"], " ms")
    report.at_most("single_pass against pyramid, Lasso", 8, real["single_pass/lasso"] / real["pyramid/lasso"], " times the cost")
    report.at_least("pixels, 200 atoms, our Lasso against lasso_lars", 20, theirs["pixels/lasso"] / real["pixels/lasso"], " times faster")
    report.at_most("learning 896 dictionaries from 110 pictures", 3, learning_time / 1e3, " s")
    report.at_most("objective of what is learnt against MiniBatchDictionaryLearning", 1.01, quality, " times")
    report.at_most("residuals, largest difference from scikit-learn over ||x||^2", AGREEMENT, disagreement)
    report.finish(arguments.write)


main()
