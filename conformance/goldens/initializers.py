"""initializers.json: exact values where there is no randomness, else the moments of a large sample."""

import keras
import numpy as np

from .common import same_config, tensor, write

EXACT = [
    ("Zeros", {}, (2, 3)),
    ("Ones", {}, (2, 3)),
    ("Constant", {}, (3,)),
    ("Constant", {"value": 2.5}, (2, 3)),
    ("Identity", {}, (3, 3)),
    ("Identity", {"gain": 0.5}, (2, 4)),
    ("Identity", {"gain": 2.0}, (4, 2)),
    ("Identity", {}, (1, 17)),
    ("Zeros", {}, ()),
    ("Ones", {}, (0, 3)),
    ("Constant", {"value": -0.5}, ()),
    ("STFT", {"side": "real"}, (8, 1, 5)),
    ("STFT", {"side": "imag", "window": "hamming", "scaling": "spectrum", "periodic": True}, (8, 1, 5)),
    ("STFT", {"side": "real", "window": None, "scaling": None}, (8, 1, 5)),
    ("STFT", {"side": "imag", "window": [1, 2, 3, 4, 5, 6, 7, 8], "scaling": "spectrum"}, (8, 1, 5)),
    ("STFT", {"side": "real", "window": "hann", "scaling": None}, (1, 1, 2)),
    ("STFT", {"side": "real", "window": "hann", "scaling": None, "periodic": True}, (1, 1, 2)),
    *[
        ("STFT", {"side": "real", "window": window, "periodic": periodic, "scaling": None}, (n, 1, 2))
        for window in ("triang", "bartlett", "parzen", "bohman", "barthann", "cosine", "exponential", "tukey")
        + ("taylor", "lanczos")
        for n, periodic in [(7, False), (8, True), (9, True), (2, False)]
    ],
    ("Constant", {"value": np.array([1.5, -2.0], "float32")}, (3, 2)),
    ("Constant", {"value": np.array([[1], [2]], "int32")}, (2, 2, 3)),
    *[
        ("STFT", {"side": "real", "window": window, "periodic": periodic}, (7, 1, 5))
        for window in ("blackman", "nuttall", "blackmanharris", "flattop", "boxcar")
        for periodic in (False, True)
    ],
]
DENSE, CONV = (300, 200), (5, 5, 40, 60)
RANDOM = [
    ("RandomNormal", {}, DENSE),
    ("RandomNormal", {"mean": 1.0, "stddev": 2.0}, DENSE),
    ("RandomUniform", {}, DENSE),
    ("RandomUniform", {"minval": -1.0, "maxval": 3.0}, DENSE),
    ("TruncatedNormal", {}, DENSE),
    ("TruncatedNormal", {"mean": 1.0, "stddev": 2.0}, DENSE),
    *[
        (name, {}, shape)
        for name in ("GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "LecunNormal", "LecunUniform")
        for shape in (DENSE, CONV)
    ],
    *[
        ("VarianceScaling", {"scale": 2.0, "mode": mode, "distribution": distribution}, DENSE)
        for mode in ("fan_in", "fan_out", "fan_avg")
        for distribution in ("truncated_normal", "untruncated_normal", "uniform")
    ],
    ("HeNormal", {}, (5000,)),
    ("HeNormal", {}, (3, 40, 100)),
    *[
        ("VarianceScaling", {"scale": 0.5, "mode": mode, "distribution": "uniform"}, shape)
        for mode in ("fan_in", "fan_out", "fan_avg")
        for shape in (CONV, (7000,), (2, 3, 2, 30, 40))
    ],
    *[
        (name, {}, shape)
        for name in ("GlorotNormal", "LecunUniform", "HeUniform", "LecunNormal")
        for shape in ((7000,), (3, 40, 100))
    ],
]
ORTHOGONAL = [((6, 4), 1.0), ((4, 6), 2.0), ((3, 3, 2, 4), 1.0), ((17, 3), 0.5), ((2, 2, 1, 7), 1.5)]


def exact(name, options, shape):
    initializer = getattr(keras.initializers, name)(**options)
    return {
        "kind": "exact",
        "class_name": name,
        "config": same_config(initializer.get_config()),
        "shape": list(shape),
        "value": tensor(initializer(shape)),
    }


def random(name, options, shape):
    initializer = getattr(keras.initializers, name)(**options, seed=1337)
    sample = np.asarray(initializer(shape), np.float64)
    return {
        "kind": "random",
        "class_name": name,
        "config": same_config(initializer.get_config()),
        "shape": list(shape),
        "count": sample.size,
        "mean": round(float(sample.mean()), 7),
        "std": round(float(sample.std()), 7),
        "min": round(float(sample.min()), 7),
        "max": round(float(sample.max()), 7),
    }


def orthogonal(shape, gain):
    """The sample itself is no reference: what must hold is that rows or columns are orthogonal, of length gain."""
    initializer = keras.initializers.Orthogonal(gain=gain, seed=1337)
    sample = np.asarray(initializer(shape))
    flat = sample.reshape(-1, shape[-1]).astype(np.float64)
    short = flat @ flat.T if flat.shape[0] < flat.shape[1] else flat.T @ flat
    return {
        "kind": "orthogonal",
        "class_name": "Orthogonal",
        "config": same_config(initializer.get_config()),
        "shape": list(shape),
        "value": tensor(sample),
        "gram": tensor(np.round(short, 5).astype(np.float32)),
    }


def generate():
    cases = [exact(*c) for c in EXACT] + [random(*c) for c in RANDOM] + [orthogonal(*c) for c in ORTHOGONAL]
    for i, case in enumerate(cases):
        case["name"] = f"{case['class_name']} {i}"
    write("initializers.json", cases)
