"""The program's own scores, measured by `mlfsc eval` against a real server."""
import json
import re
import statistics
import subprocess

from detection_measures import image_auroc
from results import Result

# Values of --score.
OWN_METHODS = ("sum", "whitened", "fused")
TIMED_PICTURES = 50


def known_methods(mlfsc):
    """Those that this build of the command knows."""
    text = subprocess.run([mlfsc, "train", "--help"], check=True, capture_output=True, text=True).stdout
    words = re.search(r"--score\b(?!-)(.*?)(?=\s--[a-z]|\Z)", text, re.S)
    return [method for method in OWN_METHODS if words and re.search(rf"\b{method}\b", words[1])]


def _name_and_score(view):
    """Of a picture's view, whatever its fields are called."""
    name = view.get("view", view.get("name"))
    return name, next((view[key] for key in ("raw_score", "score", "log_score", "normalized_score") if view.get(key) is not None), None)


def view_aurocs(category):
    """{view: image AUROC} of one category of `mlfsc eval --json`; empty where the score has one view, or the JSON tells nothing."""
    given = {view.get("view", view.get("name")): view.get("image_auroc") for view in category.get("views") or []}
    found = {name: auroc for name, auroc in given.items() if name and auroc is not None}
    if found:
        return found
    scores = {}
    for picture in category.get("pictures") or []:
        for view in picture.get("views") or []:
            name, score = _name_and_score(view)
            if name and score is not None:
                scores.setdefault(name, {True: [], False: []})[picture["kind"] == "good"].append(score)
    return {name: image_auroc(of[True], of[False]) for name, of in scores.items() if of[True] and of[False]}


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
