"""A picture's and a training's whole way over gRPC, beside the bare VGG16 forward pass in the same process."""
import json
import os
import shutil
import subprocess

from report import ROOT, Report

BUILD = ROOT / os.environ["MLFSC_BUILD"]
PICTURES = ROOT / "build" / "bench" / "path"


def main():
    parser = Report.parser(__doc__)
    parser.add_argument("--rounds", type=int, default=60, help="turns of each side")
    arguments = parser.parse_args()
    shutil.rmtree(PICTURES, ignore_errors=True)
    PICTURES.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([BUILD / "bin" / "mlfsc", "generate", PICTURES], check=True, stdout=subprocess.DEVNULL)
    backbone = ROOT / "models" / "vgg16" / "vgg16-imagenet.fp16.safetensors"
    run = subprocess.run([BUILD / "bin" / "mlfsc_path_bench", backbone, PICTURES, str(arguments.rounds)], check=True,
                         stdout=subprocess.PIPE, text=True)
    found = json.loads(run.stdout)

    report = Report("path", "The whole way of a picture and of a training", ["what", "ms", "bare forward passes"])
    bare, pictures = found["bare_ms"], found["train_pictures"]
    report.row("bare forward pass, one picture, pyramid", f"{bare:.1f}", "1")
    report.row("Score of one picture over gRPC", f"{found['score_ms']:.1f}", f"{found['score_ms'] / bare:.3f}")
    report.row("of it: standardising and coding", f"{found['coding_ms']:.2f}", f"{found['coding_ms'] / bare:.3f}")
    report.row("of it: scoring", f"{found['scoring_ms']:.2f}", f"{found['scoring_ms'] / bare:.3f}")
    report.row(f"Train of {pictures} pictures over gRPC", f"{found['train_ms']:,.0f}", f"{found['train_ms'] / bare:.1f}")
    report.note(f"Two threads; medians of {found['rounds']} scores and 3 trainings, each in turn with bare passes.")
    report.at_most("Score against a bare forward pass", 1.25, found["score_ms"] / bare, " times")
    report.at_most("Train against as many bare forward passes", 1.5, found["train_ms"] / bare / pictures, " times")
    report.at_most("coding and scoring in Score's time", 0.05, found["coding_and_scoring_share"])
    report.finish(arguments.write)


main()
