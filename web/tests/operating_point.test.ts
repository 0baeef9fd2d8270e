import assert from "node:assert/strict";
import test from "node:test";
import {
  expectedFalseAlarms, fewestErrors, inBand, noFalseAlarms, noMisses, normalised, outcomeAt, reviewBandAt, studentTail,
} from "../src/operating_point";
import type { Calibration } from "../src/wire";

const set = (good: number[], defective: number[]) =>
  [...good.map((score) => ({ score, good: true })), ...defective.map((score) => ({ score, good: false }))];

test("a picture exactly at the threshold is not flagged", () => {
  assert.deepEqual(outcomeAt(10, set([9, 10, 11], [10, 12])), { good: 3, defective: 2, falseAlarms: 1, misses: 1 });
});

test("the fewest errors lie in the widest gap", () => {
  const threshold = fewestErrors(set([1, 2, 3], [12, 20]))!;
  assert.ok(Math.abs(threshold - 6) < 1e-12);
});

test("an overlap costs as little as it can", () => {
  const pictures = set([1, 2, 3, 9], [4, 8, 10, 12]);
  const { falseAlarms, misses } = outcomeAt(fewestErrors(pictures)!, pictures);
  assert.equal(falseAlarms + misses, 1);
});

test("without one of the kinds there is no fewest-errors threshold", () => {
  assert.equal(fewestErrors(set([1, 2], [])), undefined);
  assert.equal(fewestErrors(set([], [1, 2])), undefined);
  assert.equal(noMisses(set([1, 2], [])), undefined);
  assert.equal(noFalseAlarms(set([], [1, 2])), undefined);
});

test("no misses means that the lowest defective score is flagged, even a round one", () => {
  for (const lowest of [12.3456, 12.3, 0.01, 1000]) {
    const pictures = set([5], [lowest, 5000]);
    assert.equal(outcomeAt(noMisses(pictures)!, pictures).misses, 0, String(lowest));
    assert.ok(noMisses(pictures)! > lowest * 0.98);
  }
});

test("no false alarms means that the highest good score is not flagged", () => {
  for (const highest of [12.3456, 12.3, 0.01, 1000]) {
    const pictures = set([highest, 0.001], [5000]);
    assert.equal(outcomeAt(noFalseAlarms(pictures)!, pictures).falseAlarms, 0, String(highest));
    assert.ok(noFalseAlarms(pictures)! < highest * 1.02);
  }
});

test("the review band moves with the threshold, and its edges belong to it", () => {
  const calibration = {
    pictures: 60, log_mean: 2, log_deviation: 0.1, false_alarm_rate: 0.01, threshold: 100, review_low: 80, review_high: 150,
  };
  assert.deepEqual(reviewBandAt(100, calibration), { low: 80, high: 150 });
  assert.deepEqual(reviewBandAt(50, calibration), { low: 40, high: 75 });
  assert.deepEqual(inBand({ low: 40, high: 75 }, set([39, 40, 60], [75, 76])), { good: 2, defective: 1 });
});

// Quantiles from tables of Student's t.
test("the tail of Student's t agrees with the tables", () => {
  for (const [t, freedom, tail] of [
    [6.3138, 1, 0.05], [2.9200, 2, 0.05], [2.7638, 10, 0.01], [2.3912, 59, 0.01], [1.6449, 1e6, 0.05], [0, 7, 0.5],
  ] as const) {
    assert.ok(Math.abs(studentTail(t, freedom) - tail) < 2e-5, `${t}, ${freedom}: ${studentTail(t, freedom)}`);
    assert.ok(Math.abs(studentTail(-t, freedom) - (1 - tail)) < 2e-5);
  }
});

// T(f) = exp(m + t_{N-1}(1 - f) sd sqrt(1 + 1/N)), as the server sets it.
test("the calibrated threshold is expected to flag its own rate", () => {
  const calibration: Calibration = {
    pictures: 60, log_mean: 2, log_deviation: 0.1, false_alarm_rate: 0.01,
    threshold: Math.exp(2 + 2.39123 * 0.1 * Math.sqrt(1 + 1 / 60)), review_low: 0, review_high: 0,
  };
  assert.ok(Math.abs(expectedFalseAlarms(calibration.threshold, calibration) - 0.01) < 1e-5);
  assert.ok(Math.abs(expectedFalseAlarms(Math.exp(2), calibration) - 0.5) < 1e-12);
  assert.equal(normalised(calibration.threshold, calibration), 0.5);
});

test("a calibration's own degrees of freedom are taken", () => {
  const calibration: Calibration = {
    pictures: 13, log_mean: 2, log_deviation: 0.1, degrees_of_freedom: 10, false_alarm_rate: 0.01,
    threshold: Math.exp(2 + 2.7638 * 0.1 * Math.sqrt(1 + 1 / 13)), review_low: 0, review_high: 0,
  };
  assert.ok(Math.abs(expectedFalseAlarms(calibration.threshold, calibration) - 0.01) < 2e-5);
});
