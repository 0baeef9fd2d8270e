"""deploy/compose: the compose schema, and that what it names is there."""

import importlib.resources
import json
import os
import re
import stat
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from deploy.alertmanager import with_webhooks


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


def test_prometheus_finds_the_server_and_the_alertmanager(compose: dict[str, Any], deploy: Path) -> None:
    services = compose["services"]
    for name in ("prometheus.yml", "kubernetes.yml"):
        configuration = yaml.safe_load((deploy / "prometheus" / name).read_text())
        (alertmanagers,) = configuration["alerting"]["alertmanagers"]
        (target,) = alertmanagers["static_configs"][0]["targets"]
        host, port = target.split(":")
        assert f"--web.listen-address=0.0.0.0:{port}" in services[host]["command"]
    (target,) = yaml.safe_load((deploy / "prometheus/prometheus.yml").read_text())["scrape_configs"][0]["static_configs"][0]["targets"]
    assert target.split(":")[0] in services
    for name in ("prometheus", "alertmanager"):
        (argument,) = [a for a in services[name]["command"] if a.startswith("--config.file=")]
        (mount,) = [v for v in services[name]["volumes"] if v.startswith(".")]
        outside, inside, _ = mount.split(":")
        assert (deploy / "compose" / outside / argument.removeprefix(f"--config.file={inside}/")).is_file()
        # Neither has a password.
        assert [port.rsplit(":", 2)[0].split(":")[0] for port in services[name]["ports"]] == ["127.0.0.1"], name


def test_every_service_has_limits_and_no_privileges(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}, name
        assert service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert ":latest" not in service["image"] or "build" in service, name


@pytest.fixture
def up(deploy: Path, tmp_path: Path) -> Path:
    """A copy, which makes its secrets beside it."""
    up = tmp_path / "compose/up"
    up.parent.mkdir()
    up.write_bytes((deploy / "compose/up").read_bytes())
    up.chmod(0o755)
    return up


def test_up_makes_every_secret_once(compose: dict[str, Any], up: Path) -> None:
    subprocess.run([up, "--secrets"], check=True, capture_output=True)
    files = [up.parent / secret["file"] for secret in compose["secrets"].values()]
    first = [file.read_bytes() for file in files]
    assert all(first)
    assert stat.S_IMODE((up.parent / "secrets").stat().st_mode) == 0o700
    subprocess.run([up, "--secrets"], check=True, capture_output=True)
    assert [file.read_bytes() for file in files] == first


def test_up_says_when_alerts_wake_nobody(deploy: Path, up: Path, tmp_path: Path) -> None:
    docker = tmp_path / "bin/docker"
    docker.parent.mkdir()
    docker.write_text('#!/bin/sh\necho "docker $*"\n')
    docker.chmod(0o755)
    environment = os.environ | {"PATH": f"{docker.parent}:{os.environ['PATH']}"}

    def said() -> str:
        return subprocess.run([up], check=True, env=environment, capture_output=True, text=True).stdout

    config = tmp_path / "alertmanager/alertmanager.yml"
    config.parent.mkdir()
    shipped = (deploy / "alertmanager/alertmanager.yml").read_text()
    config.write_text(shipped)
    assert "alerts wake nobody yet" in said()
    config.write_text(with_webhooks(shipped, "127.0.0.1:1"))
    assert said() == "docker compose up --detach --build --wait\n"
