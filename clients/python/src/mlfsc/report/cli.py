"""The command `mlfsc-report`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mlfsc.path_text import printable


def main(arguments: list[str] | None = None) -> int:
    flags = _parser().parse_args(arguments)
    try:
        from mlfsc.report import page
        from mlfsc.report.evaluation import NotAnEvaluation, read
    except ModuleNotFoundError as error:
        return _fail(f"{error.name} is not installed; the report needs: pip install 'mlfsc[report]'")
    try:
        evaluation = read(flags.evaluation)
    except (OSError, NotAnEvaluation) as error:
        return _fail(str(error))
    if not evaluation.categories:
        return _fail(f"{flags.evaluation} holds no category")

    unseen: list[str] = []
    html = page.render(evaluation, flags.title or page.default_title(evaluation), flags.examples, unseen.append)
    output = flags.output or page.default_output(flags.evaluation)
    try:
        output.write_text(html, encoding="utf-8")
    except OSError as error:
        return _fail(str(error))
    if unseen:
        more = f" and {len(unseen) - 1} more" if len(unseen) > 1 else ""
        print(f"mlfsc-report: {unseen[0]}{more}; the report says so in their place", file=sys.stderr)
    print(printable(str(output)))
    return 0


def _fail(message: str) -> int:
    print(f"mlfsc-report: {printable(message)}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mlfsc-report",
        description="Writes what `mlfsc eval --json` measured as one HTML page, pictures and all.",
        epilog="example: mlfsc eval carpet mvtec/carpet --heatmaps heatmaps --json carpet.json && mlfsc-report carpet.json",
    )
    parser.add_argument("evaluation", type=Path, metavar="EVAL.json", help="what `mlfsc eval --json EVAL.json` wrote")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="the page (default: EVAL.html)")
    parser.add_argument("--title", help="at the top of the page (default: from the categories' names)")
    parser.add_argument(
        "--examples", type=int, default=6, metavar="NUMBER", help="misses and false alarms that are shown of each category [6]"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
