"""What every benchmark prints: a table, the machine, a line for each bar; and its section of a page in docs."""
import argparse
import datetime
import os
import pathlib
import platform
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs" / "benchmarks.md"
DOCS_HEADER = """# Benchmarks

Each section is what `scripts/bench NAME --write` printed on the machine it names. The two sides of a comparison take turns in one run;
ratios travel better between machines than times.
"""


def machine():
    cpu = "unknown CPU"
    flags = ""
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            cpu = value.strip()
        if key.strip() == "flags":
            flags = value.split()
    sets = [name for name, flag in (("AVX2", "avx2"), ("AVX-512", "avx512f")) if flag in flags]
    system = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    return f"{cpu}, {os.cpu_count()} cores, {' and '.join(sets) or 'no AVX2'}; {system}; load before the run {os.getloadavg()[0]:.1f}"


def commit():
    described = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True)
    return described.stdout.strip() or "no git"


def refuse_dirty_tree():
    """Before figures are measured that will be kept: what is not committed could not be found again."""
    changed = subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    if changed:
        sys.exit(f"--write refuses a tree with changes that are not committed: {', '.join(line[3:] for line in changed[:5])}"
                 + (f" and {len(changed) - 5} more" if len(changed) > 5 else ""))


class Report:
    """Collects rows and bars; `finish` prints them and ends the program."""

    def __init__(self, name, title, columns, docs=DOCS, docs_header=DOCS_HEADER):
        self.name, self.title, self.columns = name, title, columns
        self.docs, self.docs_header = docs, docs_header
        self.rows, self.bars, self.notes = [], [], []
        self.machine = machine()

    @staticmethod
    def parser(description, docs=DOCS):
        parser = argparse.ArgumentParser(description=description)
        parser.add_argument("--write", action="store_true", help=f"keep the table in docs/{docs.name}")
        return parser

    def row(self, *cells):
        self.rows.append([str(cell) for cell in cells])

    def note(self, text):
        self.notes.append(text)

    def at_least(self, what, wanted, found, unit=""):
        self.bars.append((found >= wanted, what, f"at least {wanted:g}{unit}", f"{found:.4g}{unit}"))

    def at_most(self, what, wanted, found, unit=""):
        self.bars.append((found <= wanted, what, f"at most {wanted:g}{unit}", f"{found:.4g}{unit}"))

    def _table(self):
        rows = [self.columns] + self.rows
        widths = [max(len(row[i]) for row in rows) for i in range(len(self.columns))]
        lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows]
        lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
        return lines

    def finish(self, write):
        bars = [f"{'ok' if ok else 'missed'}: {what}: wanted {wanted}, found {found}" for ok, what, wanted, found in self.bars]
        head = [f"Machine: {self.machine}. Commit {commit()}, {datetime.date.today()}."] + self.notes
        print("\n".join(head + [""] + self._table() + [""] + bars))
        if write:
            self._write([f"## {self.title}", "", f"`scripts/bench {self.name}`. " + " ".join(head), ""] + self._table() + [""]
                        + [f"- {bar}" for bar in bars])
        sys.exit(0 if all(ok for ok, *_ in self.bars) else 1)

    def _write(self, lines):
        begin, end = f"<!-- begin {self.name} -->", f"<!-- end {self.name} -->"
        text = self.docs.read_text() if self.docs.exists() else self.docs_header
        section = "\n".join([begin] + lines + [end])
        if begin in text:
            text = text[:text.index(begin)] + section + text[text.index(end) + len(end):]
        else:
            text = text.rstrip("\n") + "\n\n" + section + "\n"
        self.docs.parent.mkdir(exist_ok=True)
        self.docs.write_text(text)
