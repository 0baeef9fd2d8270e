// What a threshold does to an evaluated set.
import type { Calibration } from "./wire";

export interface Scored {
  score: number;
  good: boolean;
}

export interface Outcome {
  good: number;
  defective: number;
  // Good pictures above the threshold.
  falseAlarms: number;
  // Defective pictures at or below it.
  misses: number;
}

export function outcomeAt(threshold: number, pictures: readonly Scored[]): Outcome {
  const outcome: Outcome = { good: 0, defective: 0, falseAlarms: 0, misses: 0 };
  for (const picture of pictures) {
    const flagged = picture.score > threshold;
    if (picture.good) {
      ++outcome.good;
      if (flagged) ++outcome.falseAlarms;
    } else {
      ++outcome.defective;
      if (!flagged) ++outcome.misses;
    }
  }
  return outcome;
}

// The review band when the threshold is moved to `threshold`: it moves with it, in the logarithm.
export function reviewBandAt(threshold: number, c: Calibration): { low: number; high: number } {
  const factor = threshold / c.threshold;
  return { low: c.review_low * factor, high: c.review_high * factor };
}

// How many a person is asked to look at.
export function inBand(band: { low: number; high: number }, pictures: readonly Scored[]): { good: number; defective: number } {
  const found = pictures.filter(({ score }) => score >= band.low && score <= band.high);
  const good = found.filter((picture) => picture.good).length;
  return { good, defective: found.length - good };
}

// The geometric middle of two scores: thresholds are moved in the logarithm.
const between = (low: number, high: number) => Math.sqrt(low * high);

// The threshold with the fewest wrong pictures; among equals the one with the most room to its neighbours, in the
// logarithm. Undefined unless there are good and defective pictures.
export function fewestErrors(pictures: readonly Scored[]): number | undefined {
  const sorted = [...pictures].filter((p) => p.score > 0).sort((a, b) => a.score - b.score);
  if (!sorted.some((p) => p.good) || !sorted.some((p) => !p.good)) return undefined;
  let best: { errors: number; room: number; threshold: number } | undefined;
  const consider = (threshold: number, room: number) => {
    const { falseAlarms, misses } = outcomeAt(threshold, sorted);
    const errors = falseAlarms + misses;
    if (!best || errors < best.errors || (errors === best.errors && room > best.room)) {
      best = { errors, room, threshold };
    }
  };
  consider(sorted[0]!.score / 1.05, 0);
  for (let i = 0; i + 1 < sorted.length; ++i) {
    const low = sorted[i]!.score, high = sorted[i + 1]!.score;
    if (high > low) consider(between(low, high), high / low);
  }
  consider(sorted[sorted.length - 1]!.score * 1.05, 0);
  return best!.threshold;
}

// The highest threshold, to three digits, that flags every defective picture.
export function noMisses(pictures: readonly Scored[]): number | undefined {
  const lowest = Math.min(...pictures.filter((p) => !p.good).map((p) => p.score));
  return Number.isFinite(lowest) && lowest > 0 ? roundDown(lowest) : undefined;
}

// The lowest threshold, to three digits, that flags no good picture.
export function noFalseAlarms(pictures: readonly Scored[]): number | undefined {
  const highest = Math.max(...pictures.filter((p) => p.good).map((p) => p.score));
  return Number.isFinite(highest) && highest > 0 ? roundUp(highest) : undefined;
}

const unit = (value: number) => 10 ** (Math.floor(Math.log10(value)) - 2);
// Strictly below `value`, so that it is flagged.
function roundDown(value: number): number {
  const rounded = Math.floor(value / unit(value)) * unit(value);
  return rounded < value ? rounded : rounded - unit(value);
}
const roundUp = (value: number) => Math.ceil(value / unit(value)) * unit(value);

// sd sqrt(1 + 1/N), the deviation of a new good picture's log score.
export const predictionDeviation = (c: Calibration) => c.log_deviation * Math.sqrt(1 + 1 / c.pictures);

// 0 to 1, 0.5 at the threshold: the server's normalised score.
export const normalised = (rawScore: number, c: Calibration) =>
  1 / (1 + Math.exp(-(Math.log(rawScore) - Math.log(c.threshold)) / predictionDeviation(c)));

// The share of new good pictures that the calibration expects above `threshold`: Student's t of the log scores.
export function expectedFalseAlarms(threshold: number, c: Calibration): number {
  if (c.pictures < 2 || !(threshold > 0)) return NaN;
  return studentTail((Math.log(threshold) - c.log_mean) / predictionDeviation(c), c.degrees_of_freedom || c.pictures - 1);
}

// P(T > t) of Student's t with `freedom` degrees, by the regularised incomplete beta function.
export function studentTail(t: number, freedom: number): number {
  const half = 0.5 * incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5);
  return t >= 0 ? half : 1 - half;
}

// I_x(a, b) by its continued fraction (DLMF 8.17.22).
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x)) / a;
  // Lentz's method, from the front.
  const tiny = 1e-300;
  let f = 1, c = 1, d = 0;
  for (let i = 0; i < 500; ++i) {
    const m = i >> 1;
    const term = i === 0 ? 1
      : i % 2 === 0 ? (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
        : -((a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + term * d || tiny);
    c = 1 + term / c || tiny;
    f *= c * d;
    if (Math.abs(c * d - 1) < 1e-14) break;
  }
  return front * (f - 1);
}

// ln Gamma(x), x > 0: Stirling's series above 10, the recurrence below (DLMF 5.11.1).
function logGamma(x: number): number {
  let shift = 0;
  while (x < 10) shift -= Math.log(x++);
  const r = 1 / (x * x);
  return shift + (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) +
    (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r / 1680))) / x;
}
