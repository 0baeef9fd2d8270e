"""How many faults of each kind were injected, and how many good requests were answered right after and beside them."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path


class Tally:
    def __init__(self) -> None:
        self.faults: Counter[str] = Counter()
        self.answered = 0

    def __str__(self) -> str:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in self.faults.most_common())
        return f"{self.faults.total():,} faults ({kinds}); {self.answered:,} good requests answered right after them"

    def append_to(self, path: Path) -> None:
        with path.open("a") as file:
            file.write(json.dumps([self.faults, self.answered]) + "\n")

    def add_all_of(self, path: Path) -> None:
        for line in path.read_text().splitlines():
            faults, answered = json.loads(line)
            self.faults.update(faults)
            self.answered += answered


if __name__ == "__main__":
    # `tally.py FILE`: of all runs that were appended to it.
    tally = Tally()
    tally.add_all_of(Path(sys.argv[1]))
    print(tally)
