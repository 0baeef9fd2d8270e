"""deploy/kubernetes/operator/rules/prometheus-rule.yaml, from the files that a Prometheus without the operator reads.

python3 tests/deploy/prometheus_rule.py    writes it
"""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

DEPLOY = Path(__file__).parents[2] / "deploy"
FILE = DEPLOY / "kubernetes/operator/rules/prometheus-rule.yaml"

HEAD = """\
# deploy/prometheus/rules.yml and alerts.yml for Prometheus' operator. Change those, then: python3 tests/deploy/prometheus_rule.py
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: mlfsc
  labels:
    app.kubernetes.io/name: mlfsc
spec:
  groups:
"""


def groups(file: Path) -> str:
    """The list below `groups:`, as it is written."""
    found = re.search(r"^groups:\n(.*)", file.read_text(), flags=re.MULTILINE | re.DOTALL)
    assert found is not None, file
    return found[1]


def text() -> str:
    written = [groups(DEPLOY / "prometheus" / name) for name in ("rules.yml", "alerts.yml")]
    return HEAD + "\n".join(textwrap.indent(part, "  ") for part in written)


if __name__ == "__main__":
    FILE.write_text(text())
