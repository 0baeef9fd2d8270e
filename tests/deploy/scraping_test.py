"""What Prometheus makes of the page."""

from __future__ import annotations

from deploy.prometheus import Prometheus
from deploy.traffic import SCORED, Traffic

SCORE = 'job="mlfsc", grpc_method="Score"'


def test_counts_come_back(prometheus: Prometheus, traffic: Traffic) -> None:
    assert prometheus.value('sum(mlfsc_verdicts_total{category="cloth"})') == traffic.scored + traffic.drawn
    assert prometheus.value('mlfsc_score_count{category="cloth"}') == traffic.scored + traffic.drawn
    assert prometheus.value(f'grpc_server_handled_total{{{SCORE}, grpc_code="OK"}}') == traffic.scored
    assert prometheus.value(f'grpc_server_handled_total{{{SCORE}, grpc_code="NotFound"}}') == 2
    assert prometheus.value('mlfsc_trainings_total{code="OK"}') == traffic.trained
    assert prometheus.value('mlfsc_bundle_info{category="cloth", version="2"}') == 1


def test_rates_come_back(prometheus: Prometheus, traffic: Traffic) -> None:
    calls = prometheus.value(f'rate(grpc_server_handled_total{{{SCORE}, grpc_code="OK"}}[5m])')
    assert calls is not None and calls > 0
    # Prometheus extends what it saw to the ends of the window by at most half the time between two scrapes at each.
    more = prometheus.value(f'increase(grpc_server_handled_total{{{SCORE}, grpc_code="OK"}}[5m])')
    assert more is not None and SCORED <= more <= 1.5 * SCORED
    refused = prometheus.value('sum(rate(mlfsc_rejected_total{stage="decode", reason=~"full|displaced"}[5m]))')
    assert refused is not None and refused > 0


def test_quantiles_come_back(prometheus: Prometheus, traffic: Traffic) -> None:
    buckets = f'sum by (le) (rate(grpc_server_handling_seconds_bucket{{{SCORE}}}[5m]))'
    quantiles = [prometheus.value(f"histogram_quantile({q}, {buckets})") for q in (0.5, 0.9, 0.99)]
    low, middle, high = quantiles
    assert low is not None and middle is not None and high is not None
    # The largest bound of a bucket: none of the calls took half a minute.
    assert 0 < low <= middle <= high < 30
    features = 'sum by (le) (rate(mlfsc_stage_seconds_bucket{stage="features"}[5m]))'
    forward_pass = prometheus.value(f"histogram_quantile(0.5, {features})")
    assert forward_pass is not None and 0.001 < forward_pass < 30


def test_every_rule_is_evaluated_without_an_error(prometheus: Prometheus, traffic: Traffic) -> None:
    groups = prometheus.get("rules")["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert len(rules) >= 20
    assert [(rule["name"], rule.get("lastError")) for rule in rules if rule["health"] != "ok"] == []


def test_every_recording_rule_has_data(prometheus: Prometheus, traffic: Traffic) -> None:
    groups = prometheus.get("rules", type="record")["groups"]
    recorded = [rule["name"] for group in groups for rule in group["rules"]]
    assert [name for name in recorded if not prometheus.query(name)] == []


def test_a_healthy_server_is_no_alarm(prometheus: Prometheus, traffic: Traffic) -> None:
    # Where all of this takes minutes, the flood was one to be told of.
    firing = prometheus.query('ALERTS{alertstate="firing", alertname!="MlfscQueueFull"}')
    assert firing == []


def test_a_category_without_an_active_version_is_no_alarm_to_come(prometheus: Prometheus, traffic: Traffic) -> None:
    assert prometheus.query('ALERTS{alertname="MlfscCategoryNotServing"}') == []
    infos = prometheus.query("mlfsc_bundle_info")
    assert [(info["metric"]["category"], info["metric"]["version"]) for info in infos] == [("cloth", "2")]
