// Whether what a category scores now is what its good pictures scored when it was calibrated.
import { normalised } from "./operating_point";
import type { Calibration, TrafficMinute } from "./wire";

export interface Band {
  low: number;
  high: number;
}

// Normalised scores between which two thirds of the good pictures lay: one deviation about the mean.
export function usualBand(calibration: Calibration): Band {
  const { log_mean: mean, log_deviation: deviation } = calibration;
  return {
    low: normalised(Math.exp(mean - deviation), calibration),
    high: normalised(Math.exp(mean + deviation), calibration),
  };
}

export interface Drift {
  pictures: number;
  mean: number;
  verdict: "few" | "usual" | "above" | "below";
}

// Fewer pictures say nothing about drift.
const ENOUGH = 10;

// Of the last `minutes` that had pictures.
export function driftOf(traffic: readonly TrafficMinute[], calibration: Calibration, minutes = 15): Drift {
  const last = traffic.slice(-minutes);
  const pictures = last.reduce((sum, m) => sum + m.pictures, 0);
  const mean = pictures === 0 ? NaN
    : last.reduce((sum, m) => sum + m.mean_normalized_score * m.pictures, 0) / pictures;
  const band = usualBand(calibration);
  const verdict = pictures < ENOUGH ? "few" : mean > band.high ? "above" : mean < band.low ? "below" : "usual";
  return { pictures, mean, verdict };
}
