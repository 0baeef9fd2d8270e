"""scripts/image and scripts/package, where they cannot run: they say so, and with the code that ctest and scripts/check take for a skip.

Where they can, scripts/check deploy runs them whole.
"""

import os
import subprocess
from pathlib import Path

import pytest

NOT_HERE = 77


@pytest.mark.parametrize("script", ["image", "package"])
def test_without_root_it_says_what_is_missing(source: Path, script: str) -> None:
    command = ["bash", source / "scripts" / script, "check"]
    if os.geteuid() == 0:
        command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert said.returncode == NOT_HERE, said.stderr
    assert said.stdout.startswith(f"{script}: not ") and "root" in said.stdout


def test_without_mounts_it_says_so(source: Path, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root comes as far as to ask for a mount")
    # A kernel, or a sandbox, that refuses.
    unshare = tmp_path / "unshare"
    unshare.write_text("#!/bin/sh\nexit 1\n")
    unshare.chmod(0o755)
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    said = subprocess.run(["bash", source / "scripts/image", "check"], env=environment, capture_output=True, text=True, timeout=60)
    assert said.returncode == NOT_HERE, said.stderr
    assert said.stdout == "image: not built or run here: the kernel or its sandbox does not allow a mount namespace\n"
