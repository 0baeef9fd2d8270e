"""Writes learning.safetensors: how good the dictionaries are that scikit-learn learns from the golden patches.

Needs: numpy, scikit-learn, safetensors. Run from this folder, after make_golden.py.

The value of a set of dictionaries is the mean over patches of 1/2 ||x - D^T c||^2 + alpha ||c||_1 at the exact Lasso codes
c, atoms of unit length. scikit-learn's lasso_lars divides alpha by the patch size itself, so its alpha is ours.
"""
import numpy as np
from safetensors.numpy import load_file, save_file
from sklearn.decomposition import MiniBatchDictionaryLearning, sparse_encode

ATOMS = 5
ALPHA = 1.0
PASSES = 10


def objective(patches, dictionary):
    dictionary = dictionary / np.maximum(np.linalg.norm(dictionary, axis=1, keepdims=True), 1e-12)
    codes = sparse_encode(patches, dictionary, algorithm="lasso_lars", alpha=ALPHA, max_iter=5000)
    return (0.5 * ((patches - codes @ dictionary) ** 2).sum(1) + ALPHA * np.abs(codes).sum(1)).mean()


def learn(patches, batch):
    learner = MiniBatchDictionaryLearning(n_components=ATOMS, alpha=ALPHA, max_iter=PASSES, batch_size=batch, tol=0,
                                          max_no_improvement=None, random_state=0, fit_algorithm="lars")
    return learner.fit(patches).components_


def main():
    out = {"passes": np.array([PASSES], np.float32)}
    # 400 patches of a planted dictionary, in mini-batches of 100
    patches = load_file("coding.safetensors")["small.patches"].astype(np.float64)
    out["small.objective"] = np.array([objective(patches, learn(patches, 100))])
    # 16 channels of VGG16 features of two pictures, each a mini-batch of its 121 patches
    golden = load_file("scoring.safetensors")
    maps = np.stack([golden["good.standardised"], golden["defect.standardised"]]).astype(np.float64)
    windows = np.lib.stride_tricks.sliding_window_view(maps, (8, 8), axis=(2, 3))[:, :, ::2, ::2]
    out["maps.objective"] = np.array([objective(p, learn(p, 121)) for p in
                                      (windows[:, c].reshape(-1, 64) for c in range(maps.shape[1]))])
    save_file({k: np.asarray(v, np.float32) for k, v in out.items()}, "learning.safetensors")


main()
