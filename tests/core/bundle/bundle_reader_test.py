"""docs/bundle-format.md is enough to read a bundle with another program: json, hashlib and the safetensors package."""
import hashlib
import json
import os
import pathlib
import subprocess

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("bundle")
    subprocess.run([pathlib.Path(os.environ["MLFSC_BIN"]) / "write_bundle", path], check=True)
    return path


@pytest.fixture(scope="module")
def manifest(folder):
    return json.loads((folder / "manifest.json").read_text())


def check_arrays(arrays, options):
    size, atoms = options["patch_size"], options["atoms"]
    assert options["feature_source"] == "pixels" and options["score_method"] == "whitened"
    assert set(arrays) == {"dictionaries.pixels", "whitening.mean", "whitening.deviation", "whitening.correlation"}
    dictionaries = arrays["dictionaries.pixels"]
    assert dictionaries.shape == (1, atoms, size * size) and dictionaries.dtype == np.float32
    assert np.allclose(np.linalg.norm(dictionaries, axis=2), 1, atol=1e-3)
    assert arrays["whitening.mean"].shape == arrays["whitening.deviation"].shape == (1,)
    assert arrays["whitening.correlation"].shape == (1, 1)
    assert all(np.isfinite(array).all() for array in arrays.values())


def test_the_manifest_names_the_format_and_the_files_checksum(folder, manifest):
    assert manifest["format"] == "mlfsc-bundle" and manifest["format_version"] == 2
    arrays = (folder / manifest["arrays"]["file"]).read_bytes()
    assert len(arrays) == manifest["arrays"]["bytes"]
    assert hashlib.sha256(arrays).hexdigest() == manifest["arrays"]["sha256"]


def test_the_manifests_seal_is_its_own_checksum(folder, manifest):
    text = (folder / "manifest.json").read_bytes()
    seal = manifest["manifest_sha256"].encode()
    assert hashlib.sha256(text.replace(seal, b"0" * 64)).hexdigest().encode() == seal


def test_the_arrays_open_with_the_safetensors_package(folder, manifest):
    check_arrays(load_file(folder / "bundle.safetensors"), manifest["options"])


def test_an_exported_category_opens_too_and_carries_its_manifest(folder, manifest):
    path = folder / "exported.safetensors"
    check_arrays(load_file(path), manifest["options"])
    with safe_open(path, framework="numpy") as file:
        metadata = file.metadata()
    assert metadata["format"] == "mlfsc-category" and metadata["category"] == "bolt" and metadata["version"] == "3"
    assert json.loads(metadata["manifest"]) == manifest
