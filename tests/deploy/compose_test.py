"""deploy/compose: the compose schema, and that what it names is there."""

import importlib.resources
import json
import re
import stat
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml


@pytest.fixture
def compose(deploy: Path) -> dict[str, Any]:
    return yaml.safe_load((deploy / "compose/compose.yaml").read_text())


def test_it_fits_the_schema(compose: dict[str, Any]) -> None:
    schemas = importlib.resources.files("check_jsonschema.builtin_schemas.vendor")
    schema = json.loads((schemas / "compose-spec.json").read_text())
    jsonschema.Draft7Validator(schema).validate(compose)
    # The schema can fail.
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(schema).validate(compose | {"services": {"server": {"ports": 50051}}})


def test_files_that_are_mounted_exist(compose: dict[str, Any], deploy: Path) -> None:
    for name, service in compose["services"].items():
        for volume in service.get("volumes", []):
            origin = volume.split(":")[0]
            if origin.startswith("."):
                assert (deploy / "compose" / origin).exists(), f"{name}: {volume}"
            else:
                assert origin in compose["volumes"], f"{name}: {volume}"
        for secret in service.get("secrets", []):
            assert secret in compose["secrets"]


def test_the_server_has_the_options_it_is_given(compose: dict[str, Any], server_options: str) -> None:
    for argument in compose["services"]["server"]["command"]:
        option = argument.split("=")[0]
        assert re.search(rf"{option}\b", server_options), option


def test_the_page_has_the_options_it_is_given_and_finds_the_server(compose: dict[str, Any], programs: Path) -> None:
    page = compose["services"]["page"]
    said = subprocess.run([programs / "mlfsc", *page["entrypoint"][1:], "--help"], check=True, capture_output=True, text=True)
    for argument in page["command"]:
        option = argument.split("=")[0]
        assert re.search(rf"{option}\b", said.stdout), option
    assert "--server=server:50051" in page["command"] and "server" in compose["services"]
    # A page that others reach asks for a token, over HTTPS.
    for option in ("--token-file", "--listen-certificate", "--listen-key"):
        assert any(argument.startswith(f"{option}=/run/secrets/") for argument in page["command"]), option


def test_every_service_has_limits_and_no_privileges(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}, name
        assert service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert ":latest" not in service["image"] or "build" in service, name


def test_up_makes_every_secret_once(compose: dict[str, Any], deploy: Path, tmp_path: Path) -> None:
    up = tmp_path / "compose/up"
    up.parent.mkdir()
    up.write_bytes((deploy / "compose/up").read_bytes())
    up.chmod(0o755)
    subprocess.run([up, "--secrets"], check=True, capture_output=True)
    files = [up.parent / secret["file"] for secret in compose["secrets"].values()]
    first = [file.read_bytes() for file in files]
    assert all(first)
    assert stat.S_IMODE((up.parent / "secrets").stat().st_mode) == 0o700
    subprocess.run([up, "--secrets"], check=True, capture_output=True)
    assert [file.read_bytes() for file in files] == first
