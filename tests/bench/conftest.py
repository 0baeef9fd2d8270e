"""Lets the tests import the benchmarks' modules as scripts/bench does."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
