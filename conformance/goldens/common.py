"""Writing numbers and files: shared by all families."""

import json
import math
import zlib
from pathlib import Path

import keras
import numpy as np

ROOT = Path(__file__).resolve().parents[2] / "test" / "golden"


def random_of(name):
    """A generator seeded by the name, so that adding a case never changes another one."""
    return np.random.default_rng(zlib.crc32(name.encode()))


def draw(rng, shape, scale=1.0):
    """Normal float32 numbers with three decimals: short in the file, and the same number on both sides."""
    return np.round(rng.normal(0, scale, shape), 3).astype(np.float32)


def uniform(rng, shape, low, high):
    return np.round(rng.uniform(low, high, shape), 3).astype(np.float32)


def number(x):
    """The shortest decimal that gives the same float32; NaN and infinities as strings."""
    x = float(str(np.float32(x)))
    if math.isnan(x):
        return "NaN"
    if math.isinf(x):
        return "Infinity" if x > 0 else "-Infinity"
    return int(x) if x == int(x) and abs(x) < 1e9 and not (x == 0 and math.copysign(1, x) < 0) else x


def values(array):
    array = np.asarray(array)
    if array.dtype == bool or np.issubdtype(array.dtype, np.integer):
        return [int(v) for v in array.ravel()]
    return [number(v) for v in array.ravel()]


def tensor(array):
    array = np.asarray(array)
    return {"shape": list(array.shape), "dtype": str(array.dtype), "values": values(array)}


def tensors(arrays):
    return [None if a is None else tensor(a) for a in arrays]


def weight(variable, value=None):
    return {
        "path": variable.path,
        "name": variable.name,
        "trainable": bool(variable.trainable),
        **tensor(variable.value if value is None else value),
    }


def same_config(config):
    """get_config() as JSON keeps it (tuples become lists)."""
    return json.loads(json.dumps(config))


def write(path, cases, **more):
    target = ROOT / path
    target.parent.mkdir(parents=True, exist_ok=True)
    body = {"keras": keras.__version__, "backend": keras.backend.backend(), **more, "cases": cases}
    # Arrays would otherwise be one endless line in every diff: one case a line.
    head = json.dumps({k: v for k, v in body.items() if k != "cases"}, separators=(",", ":"))
    lines = ",\n".join(json.dumps(case, separators=(",", ":"), allow_nan=False) for case in cases)
    target.write_text(f'{head[:-1]},"cases":[\n{lines}\n]}}\n')
