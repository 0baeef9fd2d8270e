"""Every alert of deploy/prometheus fires in a real Prometheus when its condition is there, says what it should, and comes to whom
deploy/alertmanager names."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deploy.alertmanager import Alertmanager, Webhook
from deploy.daemon import free_port
from deploy.exporter import TROUBLES, Exporter, healthy, in_trouble
from deploy.prometheus import Prometheus, with_short_waits

NO_SERVERS = "MlfscNoServers"


@dataclass
class Expected:
    """What an alert says; INSTANCE stands for the server's address, and the texts are regular expressions."""

    labels: dict[str, str]
    summary: str
    description: str


EXPECTED = {
    "MlfscDown": Expected(
        {"job": "mlfsc", "instance": "INSTANCE", "severity": "critical"},
        "INSTANCE does not answer",
        "Prometheus could not read the metrics of INSTANCE for 2 minutes.",
    ),
    NO_SERVERS: Expected(
        {"job": "mlfsc", "severity": "critical"}, "No inspection server is known", "Prometheus has no target in the job mlfsc."
    ),
    "MlfscRestartLoop": Expected(
        {"job": "mlfsc", "instance": "INSTANCE", "severity": "critical"},
        "INSTANCE keeps restarting",
        "3 restarts in 30 minutes.",
    ),
    "MlfscErrorRate": Expected(
        {"job": "mlfsc", "severity": "critical"},
        "5% of the calls fail",
        "Calls that ended with Unknown, Internal, DataLoss, Unavailable or DeadlineExceeded; the limit is 1 %.",
    ),
    "MlfscLatencyHigh": Expected(
        {"job": "mlfsc", "grpc_method": "Score", "severity": "warning"},
        "Score is slow: 1 of 100 calls takes more than 3.75s",
        "The 99th percentile over 5 minutes; the limit is 2 s.",
    ),
    "MlfscQueueFull": Expected(
        {"job": "mlfsc", "instance": "INSTANCE", "stage": "features", "severity": "warning"},
        "INSTANCE refuses pictures before features",
        # 60 a scrape, which comes about once a second.
        r"\d+(\.\d+)? pictures a second are turned away because the queue is full or the wait too long.",
    ),
    "MlfscQueueFilling": Expected(
        {"job": "mlfsc", "instance": "INSTANCE", "stage": "decode", "severity": "warning"},
        "The decode queue of INSTANCE is nearly full",
        "93.75% of its places have been taken for 5 minutes.",
    ),
    "MlfscScoreDrift": Expected(
        {"job": "mlfsc", "category": "carpet", "severity": "warning"},
        "Scores of carpet have drifted",
        "The middle score of the last hour is 1.893 standard deviations from where the calibration has it; the limit is 1.",
    ),
    "MlfscNoActiveBundle": Expected(
        {"job": "mlfsc", "instance": "INSTANCE", "severity": "warning"},
        "INSTANCE has nothing to score with",
        "No category on INSTANCE has an active version that can be used.",
    ),
    "MlfscCategoryNotServing": Expected(
        {"job": "mlfsc", "instance": "INSTANCE", "category": "tile", "version": "0", "severity": "warning"},
        "tile cannot be scored on INSTANCE",
        "Its active version cannot be used; the server's log says why.",
    ),
    "MlfscTrainingFailed": Expected(
        {"job": "mlfsc", "instance": "INSTANCE", "severity": "info"},
        "A training failed on INSTANCE",
        "Not for its pictures or its client, but by the server's doing; the log says why.",
    ),
    "MlfscDecoderCrashes": Expected(
        {"job": "mlfsc", "instance": "INSTANCE", "cause": "crash", "severity": "warning"},
        r"A process that decodes pictures ended on INSTANCE \(crash\)",
        # Two, and what Prometheus extends the window by.
        r"[2-4](\.\d+)? times in an hour. A picture did it, or the system; the log's lines `decoding process ended` say how.",
    ),
}


@dataclass
class Watched:
    prometheus: Prometheus
    alertmanager: Alertmanager
    webhook: Webhook
    # Of the server in trouble, by the alert that is to fire for it.
    instances: dict[str, str]

    def alert(self, name: str) -> dict[str, Any] | None:
        found = [alert for alert in self.prometheus.firing() if alert["labels"]["alertname"] == name]
        assert len(found) < 2, found
        return found[0] if found else None

    def check(self, name: str) -> None:
        """It fires, and what it says is right."""
        self.prometheus.wait_for(lambda: self.alert(name) is not None, name, self.prometheus.firing)
        alert, expected = self.alert(name), EXPECTED[name]
        assert alert is not None
        instance = self.instances.get(name, "")
        labels = {label: value.replace("INSTANCE", instance) for label, value in expected.labels.items()}
        assert alert["labels"] == {"alertname": name, **labels}
        assert alert["annotations"].keys() == {"summary", "description"}
        for annotation in ("summary", "description"):
            wanted = getattr(expected, annotation).replace("INSTANCE", re.escape(instance))
            assert re.fullmatch(wanted, alert["annotations"][annotation]), alert["annotations"]


@pytest.fixture(scope="session")
def watched(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A server for each trouble, and one that is not there, read by one Prometheus."""
    with contextlib.ExitStack() as stack:
        instances = {alert: stack.enter_context(Exporter(in_trouble(alert))).address for alert in TROUBLES}
        instances["MlfscDown"] = f"127.0.0.1:{free_port()}"
        webhook = stack.enter_context(Webhook())
        alertmanager = stack.enter_context(
            Alertmanager(source / "deploy/alertmanager", tmp_path_factory.mktemp("alertmanager"), webhook)
        )
        prometheus = stack.enter_context(
            Prometheus(
                source / "deploy/prometheus",
                list(instances.values()),
                tmp_path_factory.mktemp("prometheus"),
                alertmanager=alertmanager.address,
                short_waits=True,
            )
        )
        yield Watched(prometheus, alertmanager, webhook, instances)


def of_severity(*severities: str) -> set[str]:
    """Of the alerts that fire together: one is there only when nothing else is."""
    return {name for name, alert in EXPECTED.items() if alert.labels["severity"] in severities} - {NO_SERVERS}


def test_every_alert_has_its_trouble(source: Path) -> None:
    alerts = re.findall(r"- alert: (\w+)", (source / "deploy/prometheus/alerts.yml").read_text())
    assert sorted(alerts) == sorted(EXPECTED)
    # A server that is away shows no page, and none at all shows nothing.
    assert EXPECTED.keys() - TROUBLES.keys() == {"MlfscDown", NO_SERVERS}


def test_only_waits_are_shortened(source: Path) -> None:
    rules = (source / "deploy/prometheus/alerts.yml").read_text()
    short = with_short_waits(rules)
    assert rules.count("  for: ") == short.count("  for: 5s") > 5
    assert with_short_waits(rules, NO_SERVERS).count("  for: 5s") == short.count("  for: 5s") - 1
    without = re.compile(r"^ +for: .*\n", flags=re.MULTILINE)
    assert without.sub("", short) == without.sub("", rules)


@pytest.mark.parametrize("name", sorted(EXPECTED.keys() - {NO_SERVERS}))
def test_it_fires(watched: Watched, name: str) -> None:
    watched.check(name)


def test_a_trouble_is_one_alert(watched: Watched) -> None:
    """Each server raises the alert of its own trouble and no other."""
    for name in of_severity("critical", "warning", "info"):
        watched.check(name)
    fired = watched.prometheus.query('count by (alertname, instance) (count_over_time(ALERTS{alertstate="firing"}[10m]))')
    of_an_instance = {name for name, expected in EXPECTED.items() if "instance" in expected.labels}
    assert {(series["metric"]["alertname"], series["metric"].get("instance")) for series in fired} == {
        (name, watched.instances[name] if name in of_an_instance else None) for name in EXPECTED.keys() - {NO_SERVERS}
    }


def test_critical_ones_wake_somebody_and_the_others_do_not(watched: Watched) -> None:
    for receiver, severity in {"on-call": "critical", "working-day": "warning"}.items():
        watched.prometheus.wait_for(
            lambda: watched.webhook.names(receiver) >= of_severity(severity), receiver, lambda: watched.webhook.names(receiver)
        )
    # `info` came as far as the Alertmanager.
    watched.prometheus.wait_for(lambda: "MlfscTrainingFailed" in watched.alertmanager.receivers(), "MlfscTrainingFailed")
    assert watched.alertmanager.receivers() == {
        **dict.fromkeys(of_severity("critical"), ["on-call"]),
        **dict.fromkeys(of_severity("warning"), ["working-day"]),
        **dict.fromkeys(of_severity("info"), ["record"]),
    }
    assert watched.webhook.names("on-call") == of_severity("critical")
    assert watched.webhook.names("working-day") == of_severity("warning")
    assert watched.webhook.told("record") == []


def test_who_is_told_reads_what_the_alert_says(watched: Watched) -> None:
    watched.prometheus.wait_for(lambda: "MlfscDown" in watched.webhook.names("on-call"), "MlfscDown")
    told = next(alert for alert in watched.webhook.told("on-call") if alert["labels"]["alertname"] == "MlfscDown")
    alert = watched.alert("MlfscDown")
    assert alert is not None
    assert (told["labels"], told["annotations"]) == (alert["labels"], alert["annotations"])


def test_no_server_at_all_wakes_somebody(source: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    with contextlib.ExitStack() as stack:
        webhook = stack.enter_context(Webhook())
        alertmanager = stack.enter_context(
            Alertmanager(source / "deploy/alertmanager", tmp_path_factory.mktemp("alertmanager"), webhook)
        )
        folder = tmp_path_factory.mktemp("prometheus")
        prometheus = stack.enter_context(
            Prometheus(source / "deploy/prometheus", [], folder, alertmanager=alertmanager.address, short_waits=True)
        )
        watched = Watched(prometheus, alertmanager, webhook, {})
        watched.check(NO_SERVERS)
        prometheus.wait_for(lambda: webhook.names("on-call") == {NO_SERVERS}, "the message")
        assert len(prometheus.firing()) == 1


def test_servers_that_work_are_no_alarm(source: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(Exporter(healthy)).address for _ in range(2)]
        folder = tmp_path_factory.mktemp("prometheus")
        prometheus = stack.enter_context(Prometheus(source / "deploy/prometheus", servers, folder, short_waits=True))
        # Three times as long as an alert waits here, with all that the rules compute.
        prometheus.wait_for(lambda: (prometheus.value("min(count_over_time(up[10m]))") or 0) >= 15, "15 scrapes")
        for group in prometheus.get("rules", type="record")["groups"]:
            for rule in group["rules"]:
                assert prometheus.query(rule["name"]), rule["name"]
        assert prometheus.query('ALERTS{alertstate="firing"}') == []
        assert prometheus.query('count_over_time(ALERTS{alertstate="firing"}[10m])') == []
