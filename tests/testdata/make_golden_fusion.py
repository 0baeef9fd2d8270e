"""Writes fusion.safetensors: the appearance view and the fused score, computed plainly in float64.

Needs: numpy, safetensors. Run from this folder.

No maps are stored. `chance` below makes them from integers alone, and its values are multiples of 2^-16, so that the test
(tests/core/scoring/fusion_golden_test.cc) makes the same to the bit.
"""
import numpy as np
from safetensors.numpy import save_file

CHANNELS = (512, 256, 128)  # conv4_3, conv3_3, conv2_2
GOOD, GOOD_SIDE = range(8), 96  # pictures, pixels a side
QUERIES = {100: 256, 101: 160}
BORDER, WINDOW = 2, 2
DIMENSIONS = 128
RESIDUAL_CHANNELS, RESIDUAL_SIDE, TOP_PATCHES = 8, 11, 20
# middle and spread of the logarithms of residual, detail, memory
SCALES = np.array([[2.5, 0.25], [6.0, 0.125], [4.5, 0.5]])
# what a query shows that good pictures do not: cells of the map, border included, and how much it adds
STAIN_ROWS, STAIN_COLUMNS, STAIN = slice(5, 7), slice(6, 9), 1.0


def chance(picture, channel, row, column):
    """In [0, 1); all arguments may be arrays."""
    h = sum(np.asarray(value, np.uint64) * np.uint64(factor) for value, factor in
            ((picture, 0x9E3779B1), (channel, 0x85EBCA77), (row, 0xC2B2AE3D), (column, 0x27D4EB2F))) & np.uint64(0xFFFFFFFF)
    for shift, factor in ((15, 0x2C1B3C6D), (12, 0x297A2D39), (15, 1)):
        h = ((h ^ (h >> np.uint64(shift))) * np.uint64(factor)) & np.uint64(0xFFFFFFFF)
    return (h >> np.uint64(16)).astype(np.float64) / 65536


def appearance_maps(picture, side):
    """[896, side / 8, side / 8]: what a ReLU leaves of a channel's own noise and one that every fifth channel shares."""
    n = side // 8
    row, column = np.arange(n)[None, :, None], np.arange(n)[None, None, :]
    channel = np.arange(sum(CHANNELS))[:, None, None]
    own = chance(picture, channel, row, column)
    shared = chance(picture, 1000 + channel % 5, row, column)
    strength = np.repeat([1.0, 2.0, 4.0], CHANNELS)[:, None, None] / 2.0 ** (channel % 4)
    maps = strength * np.maximum(own + shared - 0.5, 0)
    maps[700] = 0.75
    if picture in QUERIES:
        maps[channel[:, 0, 0] % 4 == 1, STAIN_ROWS, STAIN_COLUMNS] += STAIN
    return maps


def residual_vectors(picture):
    """[121, 8]: log(1 + r)."""
    row, column = np.arange(RESIDUAL_SIDE)[:, None, None], np.arange(RESIDUAL_SIDE)[None, :, None]
    r = 16 * chance(picture, 2000 + np.arange(RESIDUAL_CHANNELS), row, column) + 16 * chance(picture, 3000, row, column)
    if picture in QUERIES:
        r[2:5, 3:6] *= 4
    return np.log1p(r).reshape(-1, RESIDUAL_CHANNELS)


def cells(maps):
    """[cells, 384]: conv3_3 and conv2_2 without the border."""
    return maps[CHANNELS[0]:, BORDER:-BORDER, BORDER:-BORDER].reshape(sum(CHANNELS[1:]), -1).T


def windows(maps):
    """[windows, 896]: means of 2 x 2 cells."""
    inner = maps[:, BORDER:-BORDER, BORDER:-BORDER]
    c, n, _ = inner.shape
    return inner.reshape(c, n // WINDOW, WINDOW, n // WINDOW, WINDOW).mean((2, 4)).reshape(c, -1).T


class Gaussian:
    def __init__(self, vectors, shrinkage):
        self.mean, self.deviation = vectors.mean(0), vectors.std(0)
        self.scale = np.where(self.deviation > 1e-6, 1 / np.maximum(self.deviation, 1e-6), 0)
        z = (vectors - self.mean) * self.scale
        self.correlation = (1 - shrinkage) * z.T @ z / len(z)
        np.fill_diagonal(self.correlation, 1)

    def distances(self, vectors):
        z = (vectors - self.mean) * self.scale
        return (z * np.linalg.solve(self.correlation, z.T).T).sum(1)


def mean_of_largest(values, count):
    return np.sort(values)[-count:].mean()


def channel_scales(vectors):
    """1 / sqrt(a channel's deviation * its layer's): what the memory multiplies channels by."""
    deviation, scales = vectors.std(0), np.zeros(sum(CHANNELS))
    for layer in np.split(np.arange(sum(CHANNELS)), np.cumsum(CHANNELS)[:-1]):
        of_layer = np.sqrt((deviation[layer] ** 2).mean())
        varies = layer[deviation[layer] > 1e-4 * of_layer]
        scales[varies] = 1 / np.sqrt(deviation[varies] * of_layer)
    return scales


def fuse(measures, scales):
    """Logarithm of the score, and how many spreads each view lies above the middle."""
    z = (np.log(np.maximum(measures, 1e-6)) - scales[:, 0]) / scales[:, 1]
    appearance = (z[1] + z[2]) / 2
    return np.clip(0.25 * (appearance + 0.1 * max(0, z[0])), -690, 690), np.array([appearance, z[0]])


def between_windows(values, cells_a_side):
    """[cells, cells] from [windows, windows]: bilinear between the windows' centres, the last value beyond them."""
    centres = WINDOW * (np.arange(cells_a_side // WINDOW) + 0.5) - 0.5
    place = np.arange(cells_a_side)
    rows = np.stack([np.interp(place, centres, column) for column in values.T], 1)
    return np.stack([np.interp(place, centres, row) for row in rows])


def main():
    out = {"scales": SCALES}
    good = [appearance_maps(picture, GOOD_SIDE) for picture in GOOD]
    detail = Gaussian(np.concatenate([cells(maps) for maps in good]), 0.02)
    residual = Gaussian(np.concatenate([residual_vectors(picture) for picture in GOOD]), 0.1)
    good_windows = np.concatenate([windows(maps) for maps in good])
    # any projection will do; a bundle's own is random
    projection = (chance(7, np.arange(sum(CHANNELS)), np.arange(DIMENSIONS)[:, None], 4000) - 0.5) / 8
    bank = (good_windows[::2] @ projection.T).astype(np.float32).astype(np.float64)
    out |= {"detail.mean": detail.mean, "detail.deviation": detail.deviation,
            "detail.correlation.every_24th_row": detail.correlation[::24],
            "memory.vectors": bank}

    for picture, side in QUERIES.items():
        maps = appearance_maps(picture, side)
        of_cells = detail.distances(cells(maps))
        projected = windows(maps) @ projection.T
        of_windows = ((projected[:, None] - bank[None]) ** 2).sum(2).min(1)
        cells_a_side = side // 8 - 2 * BORDER
        windows_a_side = cells_a_side // WINDOW
        measures = np.array([
            mean_of_largest(residual.distances(residual_vectors(picture)), TOP_PATCHES),
            mean_of_largest(of_cells, max(1, round(10 / 784 * len(of_cells)))),
            mean_of_largest(of_windows, max(1, round(3 / 196 * len(of_windows))))])
        log_score, views = fuse(measures, SCALES)
        interpolated = between_windows(of_windows.reshape(windows_a_side, windows_a_side), cells_a_side)
        out |= {f"{picture}.cells.every_37th": cells(maps)[::37], f"{picture}.windows.every_17th": windows(maps)[::17],
                f"{picture}.detail": of_cells, f"{picture}.memory": of_windows, f"{picture}.measures": measures,
                f"{picture}.log_score": np.array([log_score]), f"{picture}.views": views,
                f"{picture}.map": np.log1p(np.sqrt(of_cells * interpolated.ravel()))}

    # of the windows that the file holds, so that the memory's builder can be shown the same
    out["memory.channel_scales"] = channel_scales(out["100.windows.every_17th"])

    # fusion alone: both signs of the residual view, measures of 0, a limit
    rng, rows = np.random.default_rng(5), []
    for i in range(20):
        measures = np.exp(rng.normal(3, 2, 3)).astype(np.float32).astype(np.float64)
        scales = np.stack([rng.normal(3, 1, 3), rng.uniform(0.05, 1, 3)], 1).astype(np.float32).astype(np.float64)
        if i == 17:
            measures[:] = 0
        if i in (18, 19):
            scales[1, 1] = 1e-4
            measures[1] = 1 if i == 18 else 1000
        log_score, views = fuse(measures, scales)
        rows.append(np.concatenate([measures, scales.ravel(), [log_score], views]))
    out["fusions"] = np.stack(rows)
    save_file({name: np.ascontiguousarray(value, np.float32) for name, value in out.items()}, "fusion.safetensors")


main()
