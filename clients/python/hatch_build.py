"""Generates the code of the wire contract, `mlfsc.v1`, when the package is built."""

import pathlib
import shutil
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PROTO = "mlfsc/v1/inspection.proto"


class WireContract(BuildHookInterface):
    """Runs protoc for a wheel, from the contract in the checkout or, in a source distribution, beside this file."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel":
            return
        root = pathlib.Path(self.root)
        folder = next((f for f in (root / "proto", root.parent.parent / "proto") if (f / PROTO).is_file()), None)
        if folder is None:
            raise FileNotFoundError(f"{PROTO} is neither in {root}/proto nor in the checkout's proto/")
        generate(folder, root / "src")


def generate(proto_folder: pathlib.Path, out: pathlib.Path) -> None:
    """Writes `mlfsc/v1` under `out`, nothing of an earlier one left."""
    # Of the build's requirements; not there when only the metadata are asked for.
    import grpc_tools
    from grpc_tools import protoc

    package = out / pathlib.Path(PROTO).parent
    shutil.rmtree(package, ignore_errors=True)
    well_known = pathlib.Path(grpc_tools.__file__).parent / "_proto"
    arguments = [f"--proto_path={proto_folder}", f"--proto_path={well_known}", f"--python_out={out}", f"--pyi_out={out}"]
    if protoc.main(["protoc", *arguments, PROTO]) != 0:
        raise RuntimeError(f"protoc failed on {proto_folder / PROTO}")
    (package / "__init__.py").write_text('"""The messages of the wire contract, generated from inspection.proto."""\n')
