"""Debian's Prometheus on a port and a folder of its own, with the project's configuration."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from deploy.daemon import Daemon


def with_short_waits(rules: str, but: str = "") -> str:
    """Rules whose alerts, `but` one, fire after 5 seconds of what they wait minutes for. Nothing else about them is changed."""
    pieces = re.split(r"^(?= +- alert: )", rules, flags=re.MULTILINE)
    for i, piece in enumerate(pieces):
        if not but or f"alert: {but}\n" not in piece:
            pieces[i] = re.sub(r"^( +for: )\w+$", r"\g<1>5s", piece, flags=re.MULTILINE)
    short = "".join(pieces)
    waits = re.compile(r" +for: \w+")
    for before, after in zip(rules.split("\n"), short.split("\n"), strict=True):
        assert before == after or (waits.fullmatch(before) and waits.fullmatch(after)), after
    return short


class Prometheus(Daemon):
    """Reads deploy/prometheus as it is, but for addresses, the time between two scrapes and, if told so, the time that alerts wait."""

    def __init__(
        self, deployed: Path, targets: Sequence[str], folder: Path, *, alertmanager: str = "", short_waits: bool = False
    ) -> None:
        super().__init__(folder)
        self._targets = targets
        config = (deployed / "prometheus.yml").read_text()
        for named, addresses in {"server:9464": targets, "alertmanager:9093": [alertmanager] if alertmanager else []}.items():
            assert config.count(f'["{named}"]') == 1, named
            config = config.replace(f'["{named}"]', str(list(addresses)))
        (folder / "prometheus.yml").write_text(config.replace("15s", "1s"))
        for name in ("rules.yml", "alerts.yml"):
            rules = (deployed / name).read_text()
            # Prometheus finds its targets some seconds after its start, and on a busy machine later than a short wait.
            (folder / name).write_text(with_short_waits(rules, "MlfscNoServers" if targets else "") if short_waits else rules)

    def command(self) -> list[str]:
        return [
            "prometheus",
            f"--config.file={self._folder}/prometheus.yml",
            f"--storage.tsdb.path={self._folder}/data",
            f"--web.listen-address={self.address}",
        ]

    def __enter__(self) -> Self:
        super().__enter__()
        if self._targets:
            self.wait_for(lambda: self.value('count(up{job="mlfsc"})') == len(self._targets), "a first scrape")
        return self

    def get(self, path: str, **parameters: str) -> Any:
        """The data of an answer of the HTTP API."""
        return self.ask(f"v1/{path}", **parameters)["data"]

    def query(self, expression: str) -> list[dict[str, Any]]:
        result: list[dict[str, Any]] = self.get("query", query=expression)["result"]
        return result

    def value(self, expression: str) -> float | None:
        """Of an expression that gives one number; none when it gives nothing."""
        result = self.query(expression)
        assert len(result) < 2, result
        return float(result[0]["value"][1]) if result else None

    def firing(self) -> list[dict[str, Any]]:
        """Alerts as Prometheus tells them, with their labels and annotations."""
        return [alert for alert in self.get("alerts")["alerts"] if alert["state"] == "firing"]
