"""random_draws.json: moments and bounds of large samples of keras.random, their dtypes and shapes, and shares of values."""

import keras
import numpy as np

from .common import write

N = (200, 300)

# function, arguments, options
TABLE = [
    ("normal", [list(N)], {}),
    ("normal", [list(N)], {"mean": 3.0, "stddev": 0.5}),
    ("truncated_normal", [list(N)], {}),
    ("truncated_normal", [list(N)], {"mean": -1.0, "stddev": 2.0}),
    ("uniform", [list(N)], {}),
    ("uniform", [list(N)], {"minval": -2.0, "maxval": 5.0}),
    ("randint", [list(N), -3, 4], {}),
    ("randint", [list(N), 0, 2], {"dtype": "uint8"}),
    ("gamma", [list(N), 0.4], {}),
    ("gamma", [list(N), 5.0], {}),
    ("beta", [list(N), 2.0, 3.0], {}),
    ("beta", [list(N), 0.5, 0.5], {}),
    ("binomial", [list(N), 10.0, 0.3], {}),
    ("binomial", [list(N), 200.0, 0.9], {}),
    ("categorical", [[[0.0, 1.0, 2.0, -1.0]], 60000], {}),
    ("categorical", [[[0.0, 1.0, 2.0], [3.0, 0.0, 0.0]], 7], {"dtype": "int32"}),
    ("dropout", [[1.0] * 60000, 0.3], {}),
    ("dropout", [[[1.0] * 3000] * 20, 0.5], {"noise_shape": [20, 1]}),
    ("shuffle", [[float(i) for i in range(60)]], {}),
    *[
        (name, [[50, 60], *args], {"dtype": dtype})
        for name, args in [("normal", []), ("uniform", []), ("truncated_normal", []), ("gamma", [2.0]), ("beta", [3.0, 2.0])]
        + [("binomial", [40.0, 0.5])]
        for dtype in ("float16", "bfloat16")
    ],
    ("beta", [[2000, 3], [[7.0, 0.5, 1.5]], [[15.0, 0.9, 4.5]]], {}),
    ("dropout", [[[[1.0] * 5] * 4] * 300, 0.3], {"noise_shape": [None, 4, None]}),
    ("dropout", [[1.0] * 20, 1.0], {}),
    ("dropout", [[1.0] * 20, 0.0], {}),
    ("normal", [[]], {}),
    ("uniform", [[0, 3]], {}),
]


def generate():
    cases = []
    for name, args, options in TABLE:
        function = getattr(keras.random, name)
        first = args[0]
        if name in ("dropout", "shuffle", "categorical"):
            first = keras.ops.convert_to_tensor(np.asarray(first, "float32"))
        given = {k: tuple(v) if isinstance(v, list) else v for k, v in options.items()}
        sample = np.asarray(function(first, *args[1:], **given, seed=1337))
        values = sample.astype(np.float64).ravel()
        if name in ("dropout", "shuffle"):
            # The file holds how many there are, not the values.
            args = [list(np.shape(args[0])), *args[1:]]
        case = {"op": name, "args": args, "options": options, "shape": list(sample.shape), "dtype": str(sample.dtype)}
        if values.size > 1:
            case |= {"mean": values.mean(), "std": values.std(), "min": values.min(), "max": values.max()}
        if values.size > 100 and len(np.unique(values)) <= 12:
            found, counts = np.unique(values, return_counts=True)
            case["shares"] = [[float(v), round(c / values.size, 4)] for v, c in zip(found, counts)]
        cases.append({k: round(v, 6) if isinstance(v, float) else v for k, v in case.items()})
    write("random_draws.json", cases)
