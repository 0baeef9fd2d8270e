"""Makes the virtual environment of the tests that are written in Python, or leaves it as it is.

    environment.py VENV REQUIREMENTS CHECKOUT

In it are the pinned packages of REQUIREMENTS and the checkout's own Python client, installed the way its users do. Each part is made
anew when what it is made from has changed; when nothing has, no network is needed and nothing is run.
"""

import hashlib
import pathlib
import subprocess
import sys
from collections.abc import Iterable


def digest(files: Iterable[pathlib.Path]) -> str:
    """Of the files' names and bytes, and of this Python."""
    hashed = hashlib.sha256(f"{sys.version}\n{sys.prefix}\n".encode())
    for file in sorted(files):
        data = file.read_bytes()
        hashed.update(f"{file} {len(data)}\n".encode())
        hashed.update(data)
    return hashed.hexdigest()


def is_current(stamp: pathlib.Path, wanted: str) -> bool:
    return stamp.is_file() and stamp.read_text() == wanted


def package_files(checkout: pathlib.Path) -> list[pathlib.Path]:
    """What the Python client is made from; not what its build writes beside it."""
    package = checkout / "clients/python"
    sources = [f for f in package.rglob("*") if f.suffix in {".py", ".typed", ".html", ".css", ".toml", ".md"}]
    generated = package / "src/mlfsc/v1"
    return [f for f in sources if generated not in f.parents] + list((checkout / "proto/mlfsc").rglob("*.proto"))


def main() -> None:
    venv, requirements, checkout = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
    pip = [venv / "bin/python", "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]

    stamp, wanted = venv / "requirements.stamp", digest([requirements])
    if not is_current(stamp, wanted):
        subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
        subprocess.run([*pip, "--requirement", requirements], check=True)
        stamp.write_text(wanted)

    stamp, wanted = venv / "mlfsc.stamp", digest(package_files(checkout))
    if not is_current(stamp, wanted):
        # With the build's own requirements from the environment: they are pinned there.
        subprocess.run(
            [*pip, "--no-deps", "--no-build-isolation", "--no-index", "--force-reinstall", checkout / "clients/python"],
            check=True,
        )
        stamp.write_text(wanted)


main()
