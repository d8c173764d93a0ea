"""constraints.json: the projected weights."""

import jax.numpy as jnp
import keras

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
]


def generate():
    cases = []
    for name, options, shape in TABLE:
        constraint = getattr(keras.constraints, name)(**options)
        x = draw(random_of(f"constraint {name} {shape}"), shape, 1.5)
        x.flat[1] = 0
        if len(shape) == 2:
            x[:, 2] = 0  # a column of norm 0
        cases.append(
            {
                "name": f"{name} {len(cases)}",
                "class_name": name,
                "config": same_config(constraint.get_config()),
                "input": tensor(x),
                "output": tensor(constraint(jnp.asarray(x))),
            }
        )
    write("constraints.json", cases)
