"""deploy/nginx: nginx itself reads it, and every method of the wire contract goes where it should."""

import re
import subprocess
from pathlib import Path

import pytest

MAIN = "events {{}} http {{ include {folder}/mlfsc.conf; }}"


@pytest.fixture
def configured(deploy: Path, tmp_path: Path) -> Path:
    """A copy with a certificate of its own, and the nginx.conf that reads it."""
    (tmp_path / "mlfsc").mkdir()
    for name in ["mlfsc.conf", "mlfsc/edge.conf", "mlfsc/replicas.conf"]:
        text = (deploy / "nginx" / name).read_text()
        text = text.replace("/etc/nginx/mlfsc/", f"{tmp_path}/mlfsc/").replace("/var/log/nginx/", f"{tmp_path}/")
        (tmp_path / name).write_text(text)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=edge",
         "-keyout", tmp_path / "mlfsc/edge.key", "-out", tmp_path / "mlfsc/edge.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    main = tmp_path / "nginx.conf"
    main.write_text(f"pid {tmp_path}/nginx.pid;\nerror_log stderr;\n" + MAIN.format(folder=tmp_path))
    return main


def check(main: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["/usr/sbin/nginx", "-t", "-p", main.parent, "-c", main], capture_output=True, text=True)


def test_nginx_takes_it(configured: Path) -> None:
    checked = check(configured)
    assert checked.returncode == 0, checked.stderr
    assert "warn" not in checked.stderr, checked.stderr


def test_nginx_would_say_what_is_wrong(configured: Path) -> None:
    replicas = configured.parent / "mlfsc/replicas.conf"
    replicas.write_text(replicas.read_text().replace("mlfsc_writers", "writers"))
    assert "mlfsc_writers" in check(configured).stderr


# What reads pictures or the store, and what changes it.
READS = {"Score", "Heatmap", "ListCategories", "GetCategory", "ExportCategory", "GetStatistics"}
STREAMS_IN = {"Train", "RecalibrateCategory", "ImportCategory"}
CHANGES = {"ActivateVersion", "DeleteVersion", "DeleteCategory", "SetThreshold"} | STREAMS_IN


def route(conf: str, method: str) -> str:
    """The block of the location that nginx would choose: an exact one, then the first regular expression, then the prefix."""
    uri = f"/mlfsc.v1.InspectionService/{method}"
    blocks = re.findall(r"location (=|~)? ?(\S+) \{([^}]*)\}", conf)
    for kind, pattern, body in blocks:
        if kind == "=" and pattern == uri:
            return body
    for kind, pattern, body in blocks:
        if kind == "~" and re.search(pattern, uri):
            return body
    return next(body for kind, pattern, body in blocks if kind == "" and pattern == "/mlfsc.v1.InspectionService/")


def test_every_method_goes_to_those_who_may_answer_it(deploy: Path, source: Path) -> None:
    conf = (deploy / "nginx/mlfsc.conf").read_text()
    methods = set(re.findall(r"^  rpc (\w+)", (source / "proto/mlfsc/v1/inspection.proto").read_text(), re.MULTILINE))
    assert methods == READS | CHANGES
    for method in CHANGES:
        assert "grpc://mlfsc_writers;" in route(conf, method), method
    for method in READS - {"GetStatistics"}:
        assert "grpc://mlfsc_replicas;" in route(conf, method), method
    for method in STREAMS_IN:
        assert "client_max_body_size 0;" in route(conf, method), method


def test_pictures_fit_as_far_as_the_server_takes_them(deploy: Path, server_options: str) -> None:
    conf = (deploy / "nginx/mlfsc.conf").read_text()
    limit = int(re.search(r"^  client_max_body_size (\d+)m;", conf, re.MULTILINE).group(1)) << 20
    server = int(re.search(r"--max_message_bytes \S+=(\d+)", server_options).group(1))
    assert server < limit < server + (2 << 20)
