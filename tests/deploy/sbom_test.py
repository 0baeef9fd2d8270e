"""deploy/image/closure and sbom: the list of what the image holds is whole and right."""

import hashlib
import json
import re
import subprocess
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def image(source: Path, programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("image")
    # The command alone, which has fewer libraries: the server's are found in the same way.
    subprocess.run([source / "deploy/image/closure", root, programs / "mlfsc"], check=True)
    return root


@pytest.fixture(scope="module")
def sbom(source: Path, image: Path) -> dict:
    said = subprocess.run(
        [source / "deploy/image/sbom", image / "usr/share/mlfsc/libraries", "1.2.3"], check=True, capture_output=True, text=True
    )
    return json.loads(said.stdout)


def part(sbom: dict, name: str) -> dict[str, dict]:
    return {c["name"]: c for c in sbom["components"] if {"name": "mlfsc:part", "value": name} in c["properties"]}


def test_it_is_cyclonedx_of_this_version(sbom: dict) -> None:
    assert (sbom["bomFormat"], sbom["specVersion"], sbom["version"]) == ("CycloneDX", "1.5", 1)
    assert sbom["metadata"]["component"] == {"type": "application", "name": "mlfsc", "version": "1.2.3"}
    references = [c["bom-ref"] for c in sbom["components"]]
    assert len(references) == len(set(references))


def test_every_library_of_the_image_is_in_it_with_its_checksum(sbom: dict, image: Path) -> None:
    listed = {
        file["name"]: file["hashes"][0]["content"]
        for package in part(sbom, "libraries").values()
        for file in package["components"]
    }
    there = {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in (image / "usr/lib/mlfsc").iterdir()}
    assert len(there) > 20
    assert listed == there


def test_packages_have_the_versions_that_dpkg_says(sbom: dict) -> None:
    said = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version}\n"], check=True, capture_output=True, text=True)
    installed = dict(line.split(" ") for line in said.stdout.splitlines())
    for name, package in (part(sbom, "libraries") | part(sbom, "base")).items():
        assert package["version"] == installed[name]
        assert re.fullmatch(r"pkg:deb/debian/[\w.%+-]+@[\w.%-]+\?arch=\w+&upstream=[\w.%-]+", package["purl"])


def test_the_base_is_in_it(sbom: dict) -> None:
    assert {"base-files", "libc6", "dpkg"} <= part(sbom, "base").keys()


def test_every_library_has_its_licence_beside_it(sbom: dict, image: Path) -> None:
    for name in part(sbom, "libraries"):
        assert (image / "usr/share/doc" / name / "copyright").is_file(), name
