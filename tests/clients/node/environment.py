"""Lays the Node example out in a folder, with the packages of its lock file, or leaves those as they are.

    environment.py FOLDER CHECKOUT
"""

import pathlib
import shutil
import subprocess
import sys


def main() -> None:
    folder, checkout = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
    # It looks for the contract where the checkout has it.
    node = folder / "clients/node"
    node.mkdir(parents=True, exist_ok=True)
    for file in (checkout / "clients/node").iterdir():
        if file.is_file():
            shutil.copyfile(file, node / file.name)
    shutil.copytree(checkout / "proto", folder / "proto", dirs_exist_ok=True)

    lock = (node / "package-lock.json").read_bytes()
    stamp = folder / "packages.stamp"
    if not stamp.is_file() or stamp.read_bytes() != lock:
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], cwd=node, check=True)
        stamp.write_bytes(lock)


main()
