"""The program's own scores, measured by `mlfsc eval` against a real server."""
import json
import re
import statistics
import subprocess

from results import Result

# Values of --score.
OWN_METHODS = ("sum", "whitened", "fused")
TIMED_PICTURES = 50


def known_methods(mlfsc):
    """Those that this build of the command knows."""
    text = subprocess.run([mlfsc, "train", "--help"], check=True, capture_output=True, text=True).stdout
    words = re.search(r"--score\b(?!-)(.*?)(?=\s--[a-z]|\Z)", text, re.S)
    return [method for method in OWN_METHODS if words and re.search(rf"\b{method}\b", words[1])]


def view_aurocs(category):
    """{view: image AUROC} of one category of `mlfsc eval --json`; empty where the score has but one view."""
    return {view["view"]: view["image_auroc"] for view in category.get("views") or [] if view["image_auroc"] is not None}


def of_evaluation(category, data_set, method, milliseconds):
    """From one category of `mlfsc eval --json`."""
    good, defects = category["good"], category["defects"]
    return Result(data_set.name, method, category["image_auroc"], category["pixel_auroc"], category["pro30"], defects["flagged_share"],
                  good["flagged_share"], good["pictures"], milliseconds, view_aurocs(category))


def measure(server, data_set, method, rate):
    """Learns the set's category anew by `method`, scoring as by default in all else."""
    evaluation = json.loads(server.mlfsc("eval", "set", data_set.folder, "--train", "--score", method, "--false-alarm-rate", str(rate),
                                         "--bootstrap", "0", "--json"))
    timed = [picture.path for picture in data_set.test][:TIMED_PICTURES]
    answers = json.loads(server.mlfsc("score", "set", *timed, "--jobs", "1", "--json"))
    milliseconds = statistics.median(answer["stage_times"]["total"] for answer in answers)
    return of_evaluation(evaluation["categories"][0], data_set, method, milliseconds)
