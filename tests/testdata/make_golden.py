"""Writes the golden files in this folder: reference values from PyTorch and scikit-learn.

Needs: numpy, torch, scikit-learn, scipy, opencv-python, safetensors. Run from this folder.
"""
import json
import sys

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.numpy import load_file, save_file
from scipy.stats import t as student_t
from sklearn.decomposition import sparse_encode

WEIGHTS = sys.argv[1] if len(sys.argv) > 1 else "../../models/vgg16/vgg16-imagenet.fp16.safetensors"
CONVS = [0, 2, "pool", 5, 7, "pool", 10, 12, 14, "pool", 17, 19, 21]
SHRINKAGE = 0.1
torch.set_grad_enabled(False)


def texture(seed, size=320, defect=False):
    """A woven pattern with noise; with a scratch and a stain when `defect`."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:size, 0:size].astype(np.float64)
    phase = rng.uniform(0, 2 * np.pi, 4)
    weave = np.sin(x * 0.55 + phase[0]) * np.cos(y * 0.5 + phase[1]) + 0.4 * np.sin((x + y) * 0.13 + phase[2])
    image = np.stack([118 + 38 * weave, 104 + 33 * weave, 90 + 28 * weave], -1)
    image += rng.normal(0, 6, image.shape)
    if defect:
        cv2.line(image, (60, 90), (190, 140), (205, 200, 190), 3)
        stain = np.exp(-(((x - 230) / 22) ** 2 + ((y - 220) / 16) ** 2))
        image -= 70 * stain[..., None]
    return np.clip(image, 0, 255).astype(np.uint8)  # RGB


def trunk(x, weights, last):
    """VGG16 up to the output of `features.<last>`, before its ReLU."""
    for layer in CONVS:
        if layer == "pool":
            x = F.max_pool2d(x, 2)
            continue
        x = F.conv2d(x, weights[f"features.{layer}.weight"], weights[f"features.{layer}.bias"], padding=1)
        if layer == last:
            return x
        x = F.relu(x)


def standardise(f, crop=2):
    f = f[:, :, crop:-crop, crop:-crop]
    return (f - f.mean((2, 3), keepdim=True)) / f.std((2, 3), keepdim=True)


def patches(channel, size=8, stride=2):
    u = channel.unfold(0, size, stride).unfold(1, size, stride)
    return u.reshape(-1, size * size)


def main():
    weights = {k: torch.from_numpy(v.astype(np.float32)) for k, v in load_file(WEIGHTS).items()}
    with safe_open(WEIGHTS, "np") as f:
        meta = f.metadata()
    mean = torch.tensor(json.loads(meta["input_mean"]), dtype=torch.float32)[:, None, None]
    std = torch.tensor(json.loads(meta["input_std"]), dtype=torch.float32)[:, None, None]

    good, bad = texture(1), texture(2, defect=True)
    for name, image in (("good", good), ("defect", bad)):
        cv2.imwrite(f"texture-{name}.png", image[:, :, ::-1])

    # 1. features: image -> resized input -> taps, both modes
    out, standardised = {}, {}
    for name, image in (("good", good), ("defect", bad)):
        resized = cv2.resize(image, (256, 256), interpolation=cv2.INTER_LINEAR)
        x = ((torch.from_numpy(resized).permute(2, 0, 1).float() / 255 - mean) / std)[None]
        pyramid = torch.cat([trunk(F.max_pool2d(x, 2**s) if s else x, weights, last)
                             for s, last in ((0, 21), (1, 14), (2, 7))], 1)
        single = {last: trunk(x, weights, last) for last in (7, 14, 21)}
        out[f"{name}.resized"] = resized
        keep = torch.arange(0, 896, 56)  # 16 of the 896 channels, whole maps
        out[f"{name}.pyramid.channels"] = keep.numpy().astype(np.int64)
        out[f"{name}.pyramid.maps"] = pyramid[0, keep].numpy()
        out[f"{name}.pyramid.mean"] = pyramid.mean((0, 2, 3)).numpy()
        out[f"{name}.pyramid.std"] = pyramid.std((2, 3))[0].numpy()
        for last, tap in ((7, "conv2_2"), (14, "conv3_3"), (21, "conv4_3")):
            out[f"{name}.single_pass.{tap}.mean"] = single[last].mean((0, 2, 3)).numpy()
            out[f"{name}.single_pass.{tap}.std"] = single[last].std((2, 3))[0].numpy()
        standardised[name] = standardise(pyramid)[0]
    save_file({k: np.ascontiguousarray(v) for k, v in out.items()}, "features.safetensors")

    # 2. sparse coding: scikit-learn's answers for exact Lasso and OMP.
    # scikit-learn's lasso_lars divides alpha by the patch size itself, so its objective is
    # 1/2 ||x - D^T c||^2 + alpha ||c||_1 with the alpha given here.
    rng, out = np.random.default_rng(3), {}
    for tag, atoms, dim, count in (("small", 5, 64, 400), ("wide", 12, 64, 200), ("pixel", 200, 256, 60)):
        d = rng.normal(size=(atoms, dim))
        d /= np.linalg.norm(d, axis=1, keepdims=True)
        codes = rng.normal(size=(count, atoms)) * (rng.random((count, atoms)) < min(0.5, 6 / atoms)) * 4
        x = codes @ d + rng.normal(size=(count, dim)) * 0.4
        x[0] = 0
        x[1] = d[0] * 3
        x[2] = rng.normal(size=dim) * 1e-3
        out[f"{tag}.patches"], out[f"{tag}.dictionary"] = x, d
        for alpha in (0.1, 1.0, 3.0):
            c = sparse_encode(x, d, algorithm="lasso_lars", alpha=alpha, max_iter=5000)
            out[f"{tag}.lasso.alpha={alpha}.codes"] = c
            out[f"{tag}.lasso.alpha={alpha}.residual"] = ((x - c @ d) ** 2).sum(1)
        for k in (1, 3):
            c = sparse_encode(x, d, algorithm="omp", n_nonzero_coefs=k)
            out[f"{tag}.omp.nonzeros={k}.codes"] = c
            out[f"{tag}.omp.nonzeros={k}.residual"] = ((x - c @ d) ** 2).sum(1)
    save_file({k: np.ascontiguousarray(v.astype(np.float32)) for k, v in out.items()}, "coding.safetensors")

    # 3. scoring: 16 standardised channels of both textures against fixed dictionaries
    keep, rng, out = np.arange(0, 896, 56), np.random.default_rng(4), {}
    dictionaries = []
    for c in keep:
        p = patches(standardised["good"][c]).numpy()
        d = p[rng.permutation(len(p))[:5]]
        dictionaries.append(d / np.linalg.norm(d, axis=1, keepdims=True))
    out["dictionaries"] = np.stack(dictionaries)
    for name in ("good", "defect"):
        maps = standardised[name][keep]
        errors = {"lasso": [], "omp": []}
        for m, d in zip(maps, dictionaries):
            p = patches(m).numpy().astype(np.float64)
            for coder, kw in (("lasso", dict(algorithm="lasso_lars", alpha=1.0, max_iter=5000)),
                              ("omp", dict(algorithm="omp", n_nonzero_coefs=3))):
                codes = sparse_encode(p, d.astype(np.float64), **kw)
                errors[coder].append(((p - codes @ d) ** 2).sum(1))
        out[f"{name}.standardised"] = maps.numpy()
        for coder, e in errors.items():
            e = np.stack(e)  # [16 channels, 121 patches]
            top5 = np.sort(e, 1)[:, -5:].sum(1)
            out[f"{name}.{coder}.errors"] = e
            out[f"{name}.{coder}.channel_scores"] = top5
            out[f"{name}.{coder}.score"] = np.array([top5.sum()])

    # 4. whitened scoring: correlation of log(1 + residual) vectors shrunk towards the identity, then squared
    # Mahalanobis distance; and the threshold from out-of-fold picture scores
    normal = np.log1p(rng.gamma(4.0, 5.0, size=(600, 16)) @ (np.eye(16) + 0.3 * rng.random((16, 16))))
    mu, sd = normal.mean(0), normal.std(0)
    z = (normal - mu) / sd
    shrunk = (1 - SHRINKAGE) * z.T @ z / len(z) + SHRINKAGE * np.eye(16)
    query = np.log1p(rng.gamma(6.0, 6.0, size=(50, 16)))
    z = (query - mu) / sd
    out |= {"whitening.normal": normal, "whitening.mean": mu, "whitening.std": sd,
            "whitening.shrinkage": np.array([SHRINKAGE]), "whitening.correlation": shrunk,
            "whitening.query": query, "whitening.distance": np.einsum("ij,jk,ik->i", z, np.linalg.inv(shrunk), z)}
    scores = np.exp(rng.normal(7.0, 0.2, size=12))
    logs = np.log(scores)
    for rate in (0.01, 0.05):
        limit = logs.mean() + student_t.ppf(1 - rate, 11) * logs.std(ddof=1) * np.sqrt(1 + 1 / 12)
        out[f"calibration.threshold.rate={rate}"] = np.array([np.exp(limit)])
    out["calibration.scores"] = scores
    save_file({k: np.ascontiguousarray(np.asarray(v).astype(np.float32)) for k, v in out.items()}, "scoring.safetensors")


main()
