"""The three programs are compiled so that a memory error is hard to use: docs/security.md."""

import os
import re
import subprocess
from pathlib import Path

import pytest

PROGRAMS = ["mlfsc", "mlfsc-decoder", "mlfsc-server"]


def readelf(option: str, program: Path) -> str:
    return subprocess.run(["readelf", "--wide", option, program], check=True, capture_output=True, text=True).stdout


def weaknesses(program: Path) -> set[str]:
    found = set()
    dynamic = readelf("--dynamic", program)
    segments = readelf("--segments", program)
    symbols = readelf("--dyn-syms", program)
    # An address of its own at every start.
    if not re.search(r"Type:\s+DYN", readelf("--file-header", program)) or not re.search(r"FLAGS_1.*\bPIE\b", dynamic):
        found.add("no PIE")
    # The table of imported functions is read-only before main begins.
    if "GNU_RELRO" not in segments or not re.search(r"FLAGS_1.*\bNOW\b", dynamic):
        found.add("no full RELRO")
    stack = re.search(r"GNU_STACK.*\s(R?W?E?)\s+0x", segments)
    if stack is None or "E" in stack[1]:
        found.add("executable stack")
    for segment in re.findall(r"^\s+LOAD.*\s(R?\s?W?\s?E?)\s+0x", segments, re.MULTILINE):
        if "W" in segment and "E" in segment:
            found.add("a segment that is writable and executable")
    if "__stack_chk_fail" not in symbols:
        found.add("no stack protector")
    if not set(re.findall(r"\b(__\w+_chk)\b", symbols)):
        found.add("no FORTIFY")
    if re.search(r"\((RPATH|RUNPATH)\)", dynamic):
        found.add("a search path of its own for libraries")
    return found


@pytest.fixture
def programs() -> Path:
    folder = Path(os.environ["MLFSC_BIN"])
    cache = (folder.parent / "CMakeCache.txt").read_text()
    if "CMAKE_BUILD_TYPE:STRING=Release" not in cache:
        pytest.skip("not what is shipped")
    return folder


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_program_is_hardened(programs: Path, program: str) -> None:
    # In the build folder libraries that are not the system's, such as a newer LibTorch, are found by a path.
    assert weaknesses(programs / program) - {"a search path of its own for libraries"} == set()


def test_a_program_that_is_not_is_seen(tmp_path: Path) -> None:
    source = tmp_path / "weak.c"
    source.write_text("int main(int argc, char** argv) { char text[64]; text[argc] = 0; return text[1] + !argv; }\n")
    program = tmp_path / "weak"
    flags = "-no-pie -Wl,-z,norelro -Wl,-z,lazy -z execstack -fno-stack-protector -U_FORTIFY_SOURCE".split()
    subprocess.run(["gcc", *flags, "-o", program, source], check=True, capture_output=True)
    assert weaknesses(program) == {"no PIE", "no full RELRO", "executable stack", "no stack protector", "no FORTIFY"}
