"""Feature maps like VGG16's, without VGG16: generated woven pictures through random convolutions and a ReLU, standardised."""
import numpy as np

BORDER = 2
# Channels of each layer, and how often a map of each feature source is smaller than the picture.
LAYERS = {"conv4_3": 512, "conv3_3": 256, "conv2_2": 128}
SCALES = {"pyramid": {"conv4_3": 8, "conv3_3": 8, "conv2_2": 8}, "single_pass": {"conv4_3": 8, "conv3_3": 4, "conv2_2": 2}}


def woven_picture(rng, size=256):
    """Grey, in [0, 1]: a weave at a random phase, uneven light, noise."""
    y, x = np.mgrid[0:size, 0:size].astype(np.float32)
    phase = rng.uniform(0, 2 * np.pi, 4).astype(np.float32)
    weave = np.sin(x * 0.55 + phase[0]) * np.cos(y * 0.5 + phase[1]) + 0.4 * np.sin((x + y) * 0.13 + phase[2])
    light = 0.3 * np.cos(x * 0.01 + y * 0.015 + phase[3])
    return 0.5 + 0.15 * weave + 0.1 * light + rng.normal(0, 0.03, x.shape).astype(np.float32)


def convolve(maps, kernels):
    """maps [channels, height, width], kernels [out, channels, k, k]: same size, zeros outside."""
    k = kernels.shape[-1]
    padded = np.pad(maps, ((0, 0), (k // 2, k // 2), (k // 2, k // 2)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (k, k), axis=(1, 2))
    columns = windows.transpose(1, 2, 0, 3, 4).reshape(maps.shape[1] * maps.shape[2], -1)
    return (columns @ kernels.reshape(len(kernels), -1).T).T.reshape(len(kernels), *maps.shape[1:])


def standardise(maps):
    mean = maps.mean((1, 2), keepdims=True)
    return ((maps - mean) / maps.std((1, 2), keepdims=True, ddof=1)).astype(np.float32)


def features(picture, source):
    """{layer: [channels, height, width]} of one picture, as the coding stage gets them."""
    if source == "pixels":
        return {"pixels": standardise(picture[None])}
    maps = {}
    for layer, channels in LAYERS.items():
        weights = np.random.default_rng(channels)  # the same network for every picture
        first = weights.normal(0, 0.2, (24, 1, 5, 5)).astype(np.float32)
        second = weights.normal(0, 0.1, (channels, 24, 3, 3)).astype(np.float32)
        scale = SCALES[source][layer]
        small = picture.reshape(picture.shape[0] // scale, scale, picture.shape[1] // scale, scale).max((1, 3))
        hidden = np.maximum(convolve(small[None] - small.mean(), first), 0)
        maps[layer] = standardise(convolve(hidden, second)[:, BORDER:-BORDER, BORDER:-BORDER])
    return maps


def pictures(count, seed):
    rng = np.random.default_rng(seed)
    return [woven_picture(rng) for _ in range(count)]
