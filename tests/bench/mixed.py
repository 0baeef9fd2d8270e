"""Mixed requests, good and bad, against the real server with a stub for VGG16: none unanswered, none answered twice."""
import json
import os
import subprocess

from report import ROOT, Report

BUILD = ROOT / os.environ["MLFSC_BUILD"]


def main():
    parser = Report.parser(__doc__)
    parser.add_argument("--requests", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    run = subprocess.run([BUILD / "bin" / "mlfsc_mixed_bench", str(arguments.requests), str(arguments.seed)], check=True,
                         stdout=subprocess.PIPE, text=True)
    found = json.loads(run.stdout)

    report = Report("mixed", "Mixed requests", ["request", "sent", "what came of it"])
    for kind, answers in found["answers"].items():
        outcomes = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(answers.items(), key=lambda item: -item[1]))
        report.row(kind, f"{sum(answers.values()):,}", outcomes)
    start, first, second = found["resident"]
    report.note(f"{found['sent']:,} requests, 48 at once, seed {arguments.seed}; the backbone is a stub of 2 to 5 ms a picture, the rest is"
                " the real server.")
    report.note(f"The server counts {found['started']:,} calls begun and {found['ended']:,} ended; the others' connections broke before a whole"
                " request was there, or were cancelled before they left.")
    report.note(f"Resident at rest (11 s later): {start / 2**20:.1f} MiB before, {first / 2**20:.1f} after the first half, {second / 2**20:.1f} after the second.")
    for example in found["examples"]:
        report.note(f"Wrong: {example}.")
    report.at_least("requests sent", arguments.requests, found["sent"])
    report.at_most("requests unanswered", 0, found["unanswered"] + max(0, found["started"] - found["ended"]))
    report.at_most("requests answered twice", 0, max(0, found["ended"] - found["started"]))
    report.at_most("answers that are not their request's", 0, found["wrong"])
    report.at_most("resident size, second half over first", 1.02, second / first)
    report.at_most("exit code after SIGTERM", 0, found["exit_code"])
    report.finish(arguments.write)


main()
