import assert from "node:assert/strict";
import test from "node:test";
import { driftOf, usualBand } from "../src/drift";
import type { Calibration, TrafficMinute } from "../src/wire";

const calibration: Calibration = {
  pictures: 60, log_mean: 2, log_deviation: 0.1, false_alarm_rate: 0.01, threshold: Math.exp(2.24), review_low: 0, review_high: 0,
};
const minute = (pictures: number, mean: number): TrafficMinute =>
  ({ start_time: "2026-01-01T00:00:00Z", pictures, flagged: 0, mean_normalized_score: mean });

test("the usual band is below the threshold", () => {
  const band = usualBand(calibration);
  assert.ok(0 < band.low && band.low < band.high && band.high < 0.5);
});

test("drift is judged by the mean over pictures, not over minutes", () => {
  const drift = driftOf([minute(1, 0.9), minute(99, 0.1)], calibration);
  assert.ok(Math.abs(drift.mean - 0.108) < 1e-12);
  assert.equal(drift.verdict, "usual");
});

test("scores above the band are drift, and old minutes do not hide it", () => {
  const minutes = [...Array.from({ length: 40 }, () => minute(20, 0.1)), ...Array.from({ length: 15 }, () => minute(20, 0.6))];
  assert.equal(driftOf(minutes, calibration).verdict, "above");
  assert.equal(driftOf([minute(20, 0.001)], calibration).verdict, "below");
});

test("few pictures say nothing", () => {
  assert.equal(driftOf([minute(9, 0.9)], calibration).verdict, "few");
  assert.equal(driftOf([], calibration).verdict, "few");
});
