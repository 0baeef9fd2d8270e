"""Soaks the real server for some time and looks whether what it holds grows: resident memory, open files, threads.

Each of them is looked at once a second. The time after the warm-up, a sixth of the whole, is cut into 60 windows; what counts of a window
is the least of it, what the server holds when it holds no more than it must. A line is fitted to these (least squares). It grows when its
slope is above zero by more than twice its standard error, and what the line rises over the soak is more than 1 % of the memory's level, or
more than one file or thread.

    soak.py SERVER SECONDS [--leak memory|files|threads]    with a leak, which must be found

Exit code 1 when something grows, or a request was not answered right; with a leak, when the leak was not found.
"""
import argparse
import json
import math
import os
import pathlib
import subprocess
import sys

BUILD = pathlib.Path(os.environ.get("MLFSC_BUILD", "build/release"))
WINDOWS = 60
WARM_UP = 1 / 6


class Trend:
    """The line through the windows' minima: its level, and how much it rises over the time that they span."""

    def __init__(self, seconds, values):
        first = seconds[-1] * WARM_UP
        width = (seconds[-1] - first) / WINDOWS
        minima = {}
        for second, value in zip(seconds, values):
            if second >= first:
                window = min(int((second - first) / width), WINDOWS - 1)
                minima[window] = min(value, minima.get(window, math.inf))
        xs = [(window + 0.5) * width for window in minima]
        ys = list(minima.values())
        count = len(xs)
        x_mean, self.level = sum(xs) / count, sum(ys) / count
        spread = sum((x - x_mean) ** 2 for x in xs)
        slope = sum((x - x_mean) * (y - self.level) for x, y in zip(xs, ys)) / spread
        residue = sum((y - self.level - slope * (x - x_mean)) ** 2 for x, y in zip(xs, ys))
        error = math.sqrt(residue / (count - 2) / spread)
        self.span = width * WINDOWS
        self.rise, self.noise = slope * self.span, 2 * error * self.span

    def grows(self, allowed):
        return self.rise > self.noise and self.rise > allowed


def judge(samples):
    """What grows, and a table of all."""
    seconds = [sample["seconds"] for sample in samples]
    grown, rows = [], []
    for name, unit, allowed in (("resident", 2**20, None), ("decoders", 2**20, None), ("files", 1, 1), ("threads", 1, 1)):
        trend = Trend(seconds, [sample[name] / unit for sample in samples])
        limit = trend.level / 100 if allowed is None else allowed
        if trend.grows(limit):
            grown.append(name)
        what = {"resident": "resident, MiB", "decoders": "its decoders, MiB"}.get(name, name)
        last = samples[-1][name] / unit
        rows.append((what, f"{trend.level:.1f}", f"{last:.1f}", f"{trend.rise:+.2f} ± {trend.noise:.2f}", f"{limit:.1f}",
                     "GROWS" if name in grown else "steady"))
    return grown, rows


def print_table(header, rows):
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    for row in [header, *rows]:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("server")
    parser.add_argument("seconds", type=float)
    parser.add_argument("--leak", choices=("memory", "files", "threads"))
    arguments = parser.parse_args()
    environment = dict(os.environ)
    if arguments.leak:
        environment.update(LD_PRELOAD=str((BUILD / "tests/load/libmlfsc-leak.so").resolve()), MLFSC_LEAK=arguments.leak)
    samples, told = [], 0.0
    soak = subprocess.Popen([BUILD / "bin/mlfsc_soak", arguments.server, str(arguments.seconds)], stdout=subprocess.PIPE, text=True,
                            env=environment)
    keep = BUILD / "soak.jsonl"
    with keep.open("w") as file:
        for line in soak.stdout:
            file.write(line)
            found = json.loads(line)
            if "seconds" not in found:
                continue
            samples.append(found)
            if found["seconds"] >= told + max(10.0, arguments.seconds / 20):
                told = found["seconds"]
                print(f"{told / 60:6.1f} min: {found['resident'] / 2**20:.1f} MiB resident, {found['files']} files, {found['threads']} threads",
                      flush=True)
    if soak.wait() != 0:
        sys.exit("the soak itself failed")

    grown, rows = judge(samples)
    print(f"\n{samples[-1]['seconds'] / 60:.1f} min, {len(samples)} samples ({keep}); the line through the minima of {WINDOWS} windows:")
    print_table(("what", "level", "last", "rise over the soak", "allowed", ""), rows)
    print(f"\n{found['sent']} requests, {found['unanswered']} unanswered, {found['wrong']} answered wrong:")
    for kind, answers in sorted(found["answers"].items()):
        print(f"  {kind}: " + ", ".join(f"{count} {outcome}" for outcome, count in sorted(answers.items(), key=lambda item: -item[1])))
    disturbances = found["disturbances"]
    print(f"\n{sum(disturbances.values())} disturbances, {found['asked_afterwards']} good requests meanwhile and afterwards,"
          f" {found['wrong_afterwards']} wrong:")
    for kind, count in disturbances.items():
        print(f"  {kind}: {count}")
    for example in found["examples"] + found["examples_afterwards"]:
        print(f"  wrong: {example}")
    if found["exit_code"] != 0:
        print(f"  the server ended with exit code {found['exit_code']}")
    wrong = found["unanswered"] + found["wrong"] + found["wrong_afterwards"] + abs(found["exit_code"])
    if arguments.leak:
        wanted = {"memory": "resident"}.get(arguments.leak, arguments.leak)
        caught = wanted in grown
        print(f"\nA leak of {arguments.leak}: {'found' if caught else 'NOT found'}.")
        sys.exit(0 if caught and wrong == 0 else 1)
    print("\nNothing grows; every request was answered right." if not grown and wrong == 0 else "\nFAILED.")
    sys.exit(0 if not grown and wrong == 0 else 1)


if __name__ == "__main__":
    main()
