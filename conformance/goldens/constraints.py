"""constraints.json: the projected weights."""

import jax.numpy as jnp
import keras
import numpy as np

from .common import draw, random_of, same_config, tensor, write

TABLE = [
    ("MaxNorm", {}, (4, 3)),
    ("MaxNorm", {"max_value": 0.5, "axis": 1}, (4, 3)),
    ("MaxNorm", {"max_value": 1.0, "axis": [0, 1, 2]}, (2, 2, 3, 2)),
    ("MinMaxNorm", {}, (4, 3)),
    ("MinMaxNorm", {"min_value": 0.5, "max_value": 0.8, "rate": 0.6, "axis": 1}, (4, 3)),
    ("NonNeg", {}, (4, 3)),
    ("UnitNorm", {}, (4, 3)),
    ("UnitNorm", {"axis": 1}, (4, 3)),
    ("UnitNorm", {"axis": [0, 1]}, (2, 3, 2)),
    ("MaxNorm", {"max_value": 0.0}, (4, 3)),
    ("MaxNorm", {"axis": -1}, (17,)),
    ("MinMaxNorm", {"rate": 0.0}, (4, 3)),
    ("MinMaxNorm", {"min_value": 2.0, "max_value": 3.0, "axis": [0, 1, 2]}, (2, 2, 3, 2)),
    ("UnitNorm", {"axis": [0, 1, 2]}, (2, 2, 3, 2)),
    ("NonNeg", {}, ()),
]
# With what is no number, infinities and signed zeros.
SPECIAL = np.array([[np.nan, 1, 2], [np.inf, -1, 3], [-0.0, 0.0, -5]], "float32")


def case(name, constraint, x, i):
    return {
        "name": f"{name} {i}",
        "class_name": name,
        "config": same_config(constraint.get_config()),
        "input": tensor(x),
        "output": tensor(constraint(jnp.asarray(x))),
    }


def generate():
    cases = []
    for name, options, shape in TABLE:
        constraint = getattr(keras.constraints, name)(**options)
        x = np.asarray(draw(random_of(f"constraint {name} {shape}"), shape, 1.5))
        if x.size > 1:
            x.flat[1] = 0
        if len(shape) == 2:
            x[:, 2] = 0  # a column of norm 0
        cases.append(case(name, constraint, x, len(cases)))
    for name in ("MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm"):
        for axis in (0, 1) if name != "NonNeg" else (None,):
            constraint = getattr(keras.constraints, name)(**({} if axis is None else {"axis": axis}))
            cases.append(case(name, constraint, SPECIAL, len(cases)))
    write("constraints.json", cases)
