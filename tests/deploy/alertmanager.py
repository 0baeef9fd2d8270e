"""Debian's Alertmanager with the project's configuration, and who is told by it."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from deploy.daemon import Daemon


def with_examples(config: str) -> str:
    """The configuration with the comments' webhooks and e-mail in force."""
    routes, receivers = config.split("\nreceivers:\n")
    return f"{routes}\nreceivers:\n" + re.sub(r"^    # ", "    ", receivers, flags=re.MULTILINE)


def with_webhooks(config: str, address: str) -> str:
    """The configuration with each receiver's webhook in force, at ADDRESS/RECEIVER, and with no wait that is longer than a second."""
    config = re.sub(
        r"(- name: ([\w-]+)\n)    # (webhook_configs:)\n    # (  - url: )\S+\n",
        rf"\1    \3\n    \4http://{address}/\2\n",
        config,
    )
    return re.sub(r"^( +group_(?:wait|interval): )\w+$", r"\g<1>1s", config, flags=re.MULTILINE)


class Webhook:
    """Takes what an Alertmanager posts, by the path that it posts to."""

    def __enter__(self) -> Self:
        messages = self._messages = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                messages.append((self.path.removeprefix("/"), message))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.address = f"127.0.0.1:{self._server.server_port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def told(self, receiver: str, status: str = "firing") -> list[dict[str, Any]]:
        """The alerts that came for a receiver, the same one as often as it came."""
        return [
            alert
            for path, message in list(self._messages)
            for alert in message["alerts"]
            if path == receiver and message["receiver"] == receiver and alert["status"] == status
        ]

    def names(self, receiver: str, status: str = "firing") -> set[str]:
        return {alert["labels"]["alertname"] for alert in self.told(receiver, status)}


class Alertmanager(Daemon):
    """Reads deploy/alertmanager as it is, or with webhooks."""

    def __init__(self, deployed: Path, folder: Path, webhook: Webhook | None = None) -> None:
        super().__init__(folder)
        config = (deployed / "alertmanager.yml").read_text()
        if webhook is not None:
            config = with_webhooks(config, webhook.address)
            assert config.count(webhook.address) == 2, config
        (folder / "alertmanager.yml").write_text(config)

    def command(self) -> list[str]:
        return [
            "prometheus-alertmanager",
            f"--config.file={self._folder}/alertmanager.yml",
            f"--storage.path={self._folder}/data",
            f"--web.listen-address={self.address}",
            "--cluster.listen-address=",
        ]

    def receivers(self) -> dict[str, list[str]]:
        """Of each alert that it has, by the alert's name."""
        return {
            alert["labels"]["alertname"]: [receiver["name"] for receiver in alert["receivers"]]
            for alert in self.ask("v2/alerts")
        }
