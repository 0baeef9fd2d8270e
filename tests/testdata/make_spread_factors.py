"""Prints the factors of core/scoring/spread.cc, and writes spread.safetensors: what its functions must give.

Needs: numpy, scipy, safetensors. Run from this folder; takes a few minutes.

Of many samples of n standard normal values, with median m and Shamos's spread s, a new value lies above m + q s with the
probability mean(1 - Phi(m + q s)): no new values need be drawn. The q that give 5, 1 and 0.1 % are found; scale c and degrees
of freedom nu are those with which c t(nu) sqrt(1 + 1/n) comes closest to them, in the logarithm.
"""
import numpy as np
from safetensors.numpy import save_file
from scipy import optimize, stats
from scipy.special import ndtr

RATES = np.array([0.05, 0.01, 0.001])
# What the fitted limits are checked at as well.
OTHER_RATES = np.array([0.2, 0.1, 0.005, 0.0001])
GOLDEN_COUNTS = (2, 3, 4, 5, 8, 9, 31, 110)


def spread(samples):
    n = samples.shape[1]
    i, j = np.triu_indices(n, 1)
    values = np.empty(len(samples))
    piece = max(1, 4_000_000 // len(i))
    for begin in range(0, len(samples), piece):
        part = samples[begin:begin + piece]
        values[begin:begin + piece] = np.median(np.abs(part[:, i] - part[:, j]), axis=1)
    return values / (np.sqrt(2) * stats.norm.ppf(0.75))


def factors(n, m, s):
    def rate(q):
        return np.mean(ndtr(-(m + q * s)))

    q = np.exp([optimize.brentq(lambda log_q: rate(np.exp(log_q)) - r, -3, 14) for r in RATES])
    root = np.sqrt(1 + 1 / n)
    fit = optimize.least_squares(
        lambda p: np.log(np.exp(p[0]) * root * stats.t.isf(RATES, np.exp(p[1])) / q), [0, np.log(max(1, 0.86 * (n - 1)))])
    scale, freedom = np.exp(fit.x)
    reached = [rate(scale * root * stats.t.isf(r, freedom)) / r for r in (*RATES, *OTHER_RATES)]
    return scale, freedom, reached


def golden():
    random = np.random.default_rng(11)
    out = {}
    for n in GOLDEN_COUNTS:
        # Few digits: pairs at equal distances, and values that are equal.
        values = np.round(random.normal(7, 0.4, n), 2)
        out[f"values.{n}"] = values
        out[f"median.{n}"] = np.array([np.median(values)])
        out[f"spread.{n}"] = spread(values[None])
    save_file(out, "spread.safetensors")


def main():
    golden()
    random = np.random.default_rng(7)
    for n in range(2, 31):
        samples = random.normal(size=(1_500_000 if n <= 6 else 600_000 if n <= 12 else 250_000, n))
        scale, freedom, reached = factors(n, np.median(samples, 1), spread(samples))
        print(f"{n:3}  {{{scale:.4f}, {freedom:.3f}}},  reached / asked for: {np.round(reached, 3)}", flush=True)


if __name__ == "__main__":
    main()
