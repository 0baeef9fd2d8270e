"""The installed package, as `pip install clients/python` makes it."""

import importlib.metadata
import importlib.resources
import re
from pathlib import Path

from mlfsc.v1 import inspection_pb2


def test_the_version_is_the_programs(source: Path) -> None:
    declared = re.search(r"project\(mlfsc VERSION ([0-9.]+)", (source / "CMakeLists.txt").read_text())
    assert declared is not None
    assert importlib.metadata.version("mlfsc") == declared.group(1)


def test_the_contract_is_generated_with_types() -> None:
    service = inspection_pb2.DESCRIPTOR.services_by_name["InspectionService"]
    assert service.full_name == "mlfsc.v1.InspectionService"
    package = importlib.resources.files("mlfsc")
    assert (package / "py.typed").is_file()
    assert (package / "v1/inspection_pb2.pyi").is_file()
