"""Writes resize.safetensors: pictures brought to an input of 16 x 16 pixels by averages over areas, from the definition.

Needs: numpy, safetensors. Run from this folder.

An axis is a matrix of weights [to, from]. Where it shrinks, weight (i, j) is the length that [j, j + 1) and
[i from/to, (i + 1) from/to) have in common, over from/to. Where it grows, pixel i lies at (i + 1/2) from/to - 1/2 between the
centres of two pixels, which it takes by their nearness; beyond the first and the last centre it takes that pixel alone.
"""
import numpy as np
from safetensors.numpy import save_file

SIZE = 16


def shrinking(n):
    edges = np.arange(SIZE + 1) * n / SIZE
    pixels = np.arange(n)
    shared = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return np.maximum(shared, 0) / (n / SIZE)


def growing(n):
    places = np.clip((np.arange(SIZE) + 0.5) * n / SIZE - 0.5, 0, n - 1)
    return np.maximum(0, 1 - np.abs(places[:, None] - np.arange(n)))


def weights(n):
    return shrinking(n) if n > SIZE else growing(n)


def main():
    rng, out = np.random.default_rng(11), {}
    for name, height, width, white in (
        ("whole_factor", 32, 64, 255),
        ("landscape", 31, 49, 255),
        ("portrait", 49, 31, 65535),
        ("twelve_bits", 17, 35, 4095),
        ("real", 23, 20, 1),
        ("low", 10, 45, 255),
        ("narrow", 45, 10, 65535),
    ):
        pixels = rng.random((height, width, 3)) if white == 1 else rng.integers(0, white + 1, (height, width, 3))
        pixels = pixels.astype(np.float32)
        resized = np.einsum("yh,xw,hwc->cyx", weights(height), weights(width), pixels.astype(np.float64)) / white
        out[f"{name}.pixels"], out[f"{name}.input"] = pixels, np.ascontiguousarray(resized, np.float32)
    save_file(out, "resize.safetensors")


if __name__ == "__main__":
    main()
