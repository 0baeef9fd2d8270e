"""check.py FOLDER IMAGE BASE: what the image promises, tried; then each service of deploy/compose. scripts/image check calls it.

FOLDER has buildah's storage. Prints a line a promise and fails at the first that is not kept.
"""

import contextlib
import json
import pathlib
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import yaml
from container import Buildah, Container, Root

LIMIT_MB = 700
SOURCE = pathlib.Path(__file__).parents[3]


def say(what: str) -> None:
    print(f"image: {what}", flush=True)


def until(true: Callable[[], bool], container: Container, what: str) -> None:
    """Within two minutes, while the container runs."""
    end = time.monotonic() + 120
    while not true():
        assert container.is_running(), f"it ended before {what}"
        assert time.monotonic() < end, f"not in two minutes: {what}"
        time.sleep(0.2)


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def size_mb(root: pathlib.Path) -> float:
    used = subprocess.run(["du", "--summarize", "--bytes", root], check=True, capture_output=True, text=True).stdout
    return int(used.split()[0]) / 1e6


def check_sbom(root: pathlib.Path) -> None:
    sbom = json.loads((root / "usr/share/doc/mlfsc-server/sbom.cdx.json").read_text())
    files = {file["name"] for component in sbom["components"] for file in component.get("components", [])}
    missing = {library.name for library in (root / "usr/lib/mlfsc").iterdir()} - files
    assert not missing, f"not in the SBOM: {missing}"
    say(f"SBOM of {len(sbom['components'])} packages, all {len(files)} libraries in it")


def owned_folder(parent: pathlib.Path, name: str, configuration: dict[str, Any]) -> pathlib.Path:
    """An empty volume, as an engine makes it from a folder of the image: with the image's owner."""
    folder = parent / name
    folder.mkdir()
    user, _, group = configuration["User"].partition(":")
    subprocess.run(["chown", f"{user}:{group or user}", folder], check=True)
    return folder


def check_server(root: pathlib.Path, configuration: dict[str, Any], scratch: pathlib.Path) -> None:
    """A container with nothing but its volume: serves, is healthy, learns and scores, ends in order."""
    grpc, metrics = free_ports(2)
    volume = owned_folder(scratch, "volume", configuration)
    # This machine's network is the container's: other ports than the image's own, in case they are taken.
    environment = {"MLFSC_LISTEN": f"127.0.0.1:{grpc}", "MLFSC_METRICS": f"127.0.0.1:{metrics}"}
    asking = {"MLFSC_SERVER": f"127.0.0.1:{grpc}"}
    kind, *health = configuration["Healthcheck"]["Test"]
    assert kind == "CMD", kind

    def inside(*command: str) -> subprocess.CompletedProcess[str]:
        return Container(root, configuration, command, environment=asking, volumes={"/var/lib/mlfsc": volume}).run()

    assert inside(*health).returncode == 1, "healthy without a server"
    log = scratch / "server.log"
    with Container(
        root, configuration, configuration["Entrypoint"], environment=environment, volumes={"/var/lib/mlfsc": volume}, log=log
    ) as server:
        until(lambda: inside(*health).returncode == 0, server, "health")
        say(f"serves as user {server.uid()} on a read-only root; its HEALTHCHECK `{' '.join(health)}` says healthy")
        assert server.uid() == 10051
        assert b"mlfsc_build_info" in urllib.request.urlopen(f"http://127.0.0.1:{metrics}/metrics").read()

        pictures = "/var/lib/mlfsc/pictures"
        for command in (
            ["mlfsc", "generate", pictures, "--train", "6", "--test-good", "1", "--test-defective", "1"],
            ["mlfsc", "train", "cloth", f"{pictures}/train/good"],
            ["mlfsc", "eval", "cloth", pictures],
        ):
            done = inside(*command)
            assert done.returncode == 0, f"{command}: {done.stderr}"
        say("a category was learnt and pictures were scored inside, with the image's own weights")
        written = inside("sh", "-c", "touch /usr/bin/x /etc/x /x")
        assert written.returncode != 0 and written.stderr.count("Read-only file system") == 3, written.stderr
        assert server.stop() == 0, log.read_text()
    say("SIGTERM ends it with exit code 0")


def compose_command(service: dict[str, Any], ports: dict[int, int]) -> list[str]:
    """The service's arguments, with this machine's free ports for the container's own."""
    arguments = [str(argument) for argument in service["command"]]
    for inner, outer in ports.items():
        arguments = [argument.replace(f":{inner}", f":{outer}") for argument in arguments]
    return arguments


def secret_volumes(compose: dict[str, Any], service: dict[str, Any], folder: pathlib.Path) -> dict[str, pathlib.Path]:
    return {f"/run/secrets/{name}": folder / compose["secrets"][name]["file"] for name in service.get("secrets", [])}


@contextlib.contextmanager
def compose_server(
    root: pathlib.Path,
    configuration: dict[str, Any],
    compose: dict[str, Any],
    folder: pathlib.Path,
    scratch: pathlib.Path,
    grpc: int,
    metrics: int,
) -> Iterator[None]:
    """Runs in the block, tried before it."""
    service = compose["services"]["server"]
    volumes = secret_volumes(compose, service, folder) | {"/var/lib/mlfsc": owned_folder(scratch, "store", configuration)}
    environment = {"MLFSC_LISTEN": f"127.0.0.1:{grpc}", "MLFSC_METRICS": f"127.0.0.1:{metrics}"}
    command = configuration["Entrypoint"] + compose_command(service, {})

    def inside(*command: str) -> subprocess.CompletedProcess[str]:
        return Container(root, configuration, command, environment={"MLFSC_SERVER": f"127.0.0.1:{grpc}"}, volumes=volumes).run()

    # The image's own.
    health = configuration["Healthcheck"]["Test"][1:]
    authority = ["--tls-ca=/run/secrets/tls_certificate", "--tls-name=localhost"]
    log = scratch / "compose-server.log"
    with Container(root, configuration, command, environment=environment, volumes=volumes, log=log) as server:
        until(lambda: inside(*health).returncode == 0, server, "health beside TLS and tokens")
        refused = inside("mlfsc", "categories", *authority)
        assert refused.returncode == 1 and "asks for a token" in refused.stderr, refused.stderr
        allowed = inside("mlfsc", "categories", *authority, "--token-file=/run/secrets/score_tokens")
        assert allowed.returncode == 0, allowed.stderr
        say("compose's server: healthy over TLS, refuses who has no token, takes who has one")
        yield
        assert server.stop() == 0, log.read_text()


def check_compose_page(
    root: pathlib.Path, configuration: dict[str, Any], compose: dict[str, Any], folder: pathlib.Path, scratch: pathlib.Path, grpc: int
) -> None:
    """The page, as a browser asks for it, and a call of it that goes through to the server."""
    service = compose["services"]["page"]
    (port,) = free_ports(1)
    # This machine's names for what compose would resolve and set.
    command = [argument.replace("server:50051", f"127.0.0.1:{grpc}") for argument in compose_command(service, {8443: port})]
    command = [re.sub(r"\$\{\w+:-(\w+)\}", r"\1", argument) for argument in command]
    volumes = secret_volumes(compose, service, folder)
    health = [argument.replace("/8443", f"/{port}") for argument in service["healthcheck"]["test"][1:]]
    trust = ssl.create_default_context(cafile=str(volumes["/run/secrets/tls_certificate"]))
    token = volumes["/run/secrets/change_tokens"].read_text().strip()

    def ask(path: str, **headers: str) -> str:
        request = urllib.request.Request(f"https://localhost:{port}/{path}", headers=headers)
        with urllib.request.urlopen(request, context=trust) as answer:
            return answer.read().decode()

    with Container(root, configuration, service["entrypoint"] + command, volumes=volumes, log=scratch / "page.log") as page:
        until(lambda: Container(root, configuration, health).run().returncode == 0, page, "the page's health")
        index = ask("")
        assert "page.js" in index and "X-Mlfsc-Page" in ask("page.js") and ask("page.css")
        assert "Permission is hereby granted" in ask("preact-license.txt")
        (known,) = re.findall(r"\b[0-9a-f]{32}\b", index)
        try:
            ask("api/categories", **{"X-Mlfsc-Page": known})
            raise AssertionError("the page answers to who has no token")
        except urllib.error.HTTPError as error:
            assert error.code == 401, error
        answer = ask("api/categories", **{"X-Mlfsc-Page": known, "Authorization": f"Bearer {token}"})
        assert json.loads(answer)["categories"] == [], answer
        assert page.stop() == 0, (scratch / "page.log").read_text()
    say("compose's page: in the image, over HTTPS, asks for the token, and reaches the server")


def stand_in(buildah: Buildah, base: str, package: str, program: str) -> str:
    """Debian's program, where the image of Prometheus or Alertmanager has its own."""
    image = f"localhost/{program}-stand-in"
    if image not in buildah("images", "--format", "{{.Name}}").split():
        name = buildah("from", "--pull-never", base)
        for command in ("apt-get update -qq", f"DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends {package}"):
            buildah("run", "--isolation", "chroot", "--network", "host", name, "sh", "-c", f"{command} >/dev/null 2>&1")
        # What those images have.
        buildah("config", "--user", "65534:65534", "--entrypoint", json.dumps([program]), name)
        buildah("commit", "--quiet", "--format", "docker", "--rm", name, image)
    return image


def answer(url: str) -> str:
    """Nothing while there is none."""
    try:
        return urllib.request.urlopen(url).read().decode()
    except OSError:
        return ""


@contextlib.contextmanager
def compose_alertmanager(buildah: Buildah, base: str, compose: dict[str, Any], scratch: pathlib.Path) -> Iterator[int]:
    """Runs in the block, at the port that it gives, with the project's configuration as it is."""
    service = compose["services"]["alertmanager"]
    image = stand_in(buildah, base, "prometheus-alertmanager", "prometheus-alertmanager")
    configuration = buildah.configuration(image)
    (port,) = free_ports(1)
    volumes = {"/etc/alertmanager": SOURCE / "deploy/alertmanager", "/alertmanager": owned_folder(scratch, "alertmanager", configuration)}
    # This machine's port, and the names that compose sets.
    command = [re.sub(r"\$\{\w+:-(\w+)\}", r"\1", argument) for argument in compose_command(service, {9093: port})]
    with Root(buildah, image) as root, Container(
        root, configuration, configuration["Entrypoint"] + command, volumes=volumes, log=scratch / "alertmanager.log"
    ) as alertmanager:
        until(lambda: answer(f"http://127.0.0.1:{port}/-/ready") != "", alertmanager, "Alertmanager is ready")
        yield port
        assert alertmanager.stop() == 0
    say("compose's alertmanager (Debian's program in its place): runs as it is shipped")


def check_compose_prometheus(
    buildah: Buildah, base: str, compose: dict[str, Any], scratch: pathlib.Path, metrics: int, alertmanager: int
) -> None:
    service = compose["services"]["prometheus"]
    image = stand_in(buildah, base, "prometheus", "prometheus")
    configuration = buildah.configuration(image)
    (port,) = free_ports(1)
    # The same files, with this machine's addresses for the names that compose would resolve.
    conf = scratch / "prometheus"
    subprocess.run(["cp", "-r", SOURCE / "deploy/prometheus", conf], check=True)
    main = conf / "prometheus.yml"
    text = main.read_text()
    for name, outer in {"server:9464": metrics, "alertmanager:9093": alertmanager}.items():
        assert name in text, f"prometheus.yml does not name {name}"
        text = text.replace(name, f"127.0.0.1:{outer}")
    main.write_text(text)
    volumes = {"/etc/prometheus": conf, "/prometheus": owned_folder(scratch, "tsdb", configuration)}
    command = configuration["Entrypoint"] + compose_command(service, {9090: port})

    def asked(path: str) -> str:
        return answer(f"http://127.0.0.1:{port}/api/v1/{path}")

    with Root(buildah, image) as root, Container(
        root, configuration, command, volumes=volumes, log=scratch / "prometheus.log"
    ) as prometheus:
        until(lambda: '"1"' in asked("query?query=up%7Bjob%3D%22mlfsc%22%7D"), prometheus, "Prometheus scrapes the server")
        until(lambda: f"127.0.0.1:{alertmanager}/" in asked("alertmanagers"), prometheus, "Prometheus knows the Alertmanager")
        assert prometheus.stop() == 0
    say("compose's prometheus (Debian's program in its place): reads deploy/prometheus, scrapes the server and knows the alertmanager")


def main() -> None:
    folder, image, base = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    buildah = Buildah(folder)
    configuration = buildah.configuration(image)
    compose = yaml.safe_load((SOURCE / "deploy/compose/compose.yaml").read_text())
    with tempfile.TemporaryDirectory(dir=folder) as name, Root(buildah, image) as root:
        scratch = pathlib.Path(name)
        # The image's user walks through it to the volumes, which are bound before its rights are dropped; nothing else is in it.
        scratch.chmod(0o755)
        size = size_mb(root)
        say(f"{size:.0f} MB (limit {LIMIT_MB})")
        assert size < LIMIT_MB
        check_sbom(root)
        check_server(root, configuration, scratch)

        compose_folder = scratch / "compose"
        subprocess.run(["cp", "-r", SOURCE / "deploy/compose", compose_folder], check=True)
        subprocess.run([compose_folder / "up", "--secrets"], check=True, stdout=subprocess.DEVNULL)
        grpc, metrics = free_ports(2)
        with compose_server(root, configuration, compose, compose_folder, scratch, grpc, metrics):
            check_compose_page(root, configuration, compose, compose_folder, scratch, grpc)
            with compose_alertmanager(buildah, base, compose, scratch) as alertmanager:
                check_compose_prometheus(buildah, base, compose, scratch, metrics, alertmanager)
    say("compose's grafana: not run, its image is in no package registry; its provisioning is checked by the tests")


main()
