"""Servers that only show metrics, with a trouble each. Their series are those of the real server: rules_test.py holds them to that."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

# Values by series, as the page spells it; a series without a value is not shown.
Page = Mapping[str, float | None]

SCORE = 'grpc_service="mlfsc.v1.InspectionService",grpc_method="Score",grpc_type="unary"'
TRAIN = 'grpc_service="mlfsc.v1.InspectionService",grpc_method="Train",grpc_type="bidi_stream"'
START = "process_start_time_seconds"
SERVING = 'mlfsc_bundle_info{category="carpet",version="3"}'


def handled(code: str) -> str:
    return f'grpc_server_handled_total{{{SCORE},grpc_code="{code}"}}'


def seconds(call: str, at_most: str) -> str:
    return f'grpc_server_handling_seconds_bucket{{{call},le="{at_most}"}}'


def rejected(stage: str, reason: str) -> str:
    return f'mlfsc_rejected_total{{stage="{stage}",reason="{reason}"}}'


def scores(at_most: str) -> str:
    return f'mlfsc_score_bucket{{category="carpet",le="{at_most}"}}'


def trainings(code: str) -> str:
    return f'mlfsc_trainings_total{{code="{code}"}}'


def restarts(cause: str) -> str:
    return f'mlfsc_decoder_restarts_total{{cause="{cause}"}}'


def healthy(n: int) -> Page:
    """At the n-th scrape of a server that works, with what is nobody's trouble: refused clients, slow trainings, some wait."""
    return {
        START: 1.8e9,
        handled("OK"): 200 * n,
        # 1 of 200, half of what may fail.
        handled("Internal"): n,
        handled("ResourceExhausted"): 50 * n,
        handled("InvalidArgument"): 50 * n,
        handled("NotFound"): 50 * n,
        seconds(SCORE, "0.1"): 200 * n,
        seconds(SCORE, "1"): 299 * n,
        seconds(SCORE, "2.5"): 300 * n,
        seconds(SCORE, "+Inf"): 300 * n,
        seconds(TRAIN, "30"): 0,
        seconds(TRAIN, "+Inf"): n,
        rejected("features", "full"): 0,
        rejected("features", "cancelled"): 9 * n,
        rejected("decode", "expired"): 9 * n,
        'mlfsc_queue_depth{stage="decode"}': 48,
        'mlfsc_queue_capacity{stage="decode"}': 64,
        # What the calibration expects.
        scores("0.05"): 0,
        scores("0.1"): 100 * n,
        scores("0.3"): 100 * n,
        scores("0.4"): 100 * n,
        scores("+Inf"): 100 * n,
        'mlfsc_score_count{category="carpet"}': 100 * n,
        'mlfsc_score_expected{category="carpet"}': 0.075,
        'mlfsc_verdicts_total{category="carpet",verdict="OK"}': 99 * n,
        'mlfsc_verdicts_total{category="carpet",verdict="NOK"}': n,
        SERVING: 1,
        trainings("OK"): n,
        trainings("InvalidArgument"): n,
        trainings("Internal"): 0,
        # Long ago.
        restarts("crash"): 5,
        restarts("time"): 0,
    }


# What the n-th scrape of a server in trouble shows beside `healthy(0)`, a server that nobody calls. By the alert that is to fire.
TROUBLES: dict[str, Callable[[int], Page]] = {
    "MlfscRestartLoop": lambda n: {START: 1.8e9 + min(n, 3)},
    "MlfscErrorRate": lambda n: {handled("OK"): 95 * n, handled("Internal"): 2 * n, handled("Unavailable"): 3 * n},
    "MlfscLatencyHigh": lambda n: {
        seconds(SCORE, "0.1"): 98 * n,
        seconds(SCORE, "1"): 98 * n,
        seconds(SCORE, "2.5"): 98 * n,
        seconds(SCORE, "5"): 100 * n,
        seconds(SCORE, "+Inf"): 100 * n,
    },
    "MlfscQueueFull": lambda n: {rejected("features", "full"): 60 * n},
    "MlfscQueueFilling": lambda n: {'mlfsc_queue_depth{stage="decode"}': 60},
    # In the middle of 0.3 to 0.4, which is 1.893 standard deviations above 0.075.
    "MlfscScoreDrift": lambda n: {
        scores("0.1"): 0,
        scores("0.3"): 0,
        scores("0.4"): 100 * n,
        scores("+Inf"): 100 * n,
        'mlfsc_score_count{category="carpet"}': 100 * n,
    },
    "MlfscNoActiveBundle": lambda n: {SERVING: None},
    "MlfscCategoryNotServing": lambda n: {'mlfsc_bundle_info{category="tile",version="0"}': 1},
    "MlfscTrainingFailed": lambda n: {trainings("Internal"): n >= 2},
    "MlfscDecoderCrashes": lambda n: {restarts("crash"): 5 + 2 * (n >= 2)},
}


def in_trouble(alert: str) -> Callable[[int], Page]:
    return lambda n: {**healthy(0), **TROUBLES[alert](n)}


class Exporter:
    """Shows pages over HTTP: the first scrape gets page 0, the next page 1."""

    def __init__(self, pages: Callable[[int], Page]) -> None:
        self._pages = pages

    def __enter__(self) -> Self:
        count, lock, pages = 0, threading.Lock(), self._pages

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                nonlocal count
                with lock:
                    page = pages(count)
                    count += 1
                lines = [f"{series} {float(value)}" for series, value in page.items() if value is not None]
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.end_headers()
                self.wfile.write(("\n".join(lines) + "\n").encode())

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
