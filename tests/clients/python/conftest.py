"""What the tests of the Python client share."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def source() -> Path:
    """The checkout."""
    return Path(os.environ["MLFSC_SOURCE"])
