"""deploy/systemd: what systemd makes of the unit, and the server of its configuration."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

# 0 is the least exposed, 10 the most. docs/operations.md says what it is and why it is not less.
MOST_EXPOSED = 1.5


@pytest.fixture
def unit() -> Path:
    return Path(os.environ["MLFSC_BIN"]).parent / "generated/mlfsc-server.service"


def test_the_exposure_is_as_stated(unit: Path, source: Path) -> None:
    said = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", unit], check=True, capture_output=True, text=True
    ).stdout
    level = re.search(r"Overall exposure level for .*: (\d+\.\d+)", said).group(1)
    assert float(level) <= MOST_EXPOSED
    assert f"exposure level {level}" in (source / "docs/operations.md").read_text()


def test_the_unit_has_no_mistakes(unit: Path, tmp_path: Path) -> None:
    # With a program that is there.
    copy = tmp_path / unit.name
    copy.write_text(re.sub(r"ExecStart=\S+", f"ExecStart={shutil.which('true')}", unit.read_text()))
    checked = subprocess.run(
        ["systemd-analyze", "verify", "--man=false", "--recursive-errors=no", copy], capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stderr
    assert unit.name not in checked.stderr, checked.stderr


def test_the_server_takes_its_configuration(deploy: Path, tmp_path: Path) -> None:
    server = Path(os.environ["MLFSC_BIN"]) / "mlfsc-server"
    conf = (deploy / "systemd/server.conf").read_text()
    # Every option, those of the comments too; what comes after reading them fails at once.
    conf = re.sub(r"^# (\w+ = )", r"\1", conf, flags=re.MULTILINE)
    conf = conf.replace("/etc/mlfsc/", f"{tmp_path}/none/").replace("/var/lib/mlfsc", str(tmp_path))
    file = tmp_path / "server.conf"
    file.write_text(conf + 'backbone = "/no/such/file"\n')
    said = subprocess.run([server, "--config", file], capture_output=True, text=True, timeout=60)
    assert said.returncode == 1
    assert said.stderr.strip().startswith("mlfsc-server: ")
    assert "/no/such/file" in said.stderr
