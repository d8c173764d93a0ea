"""regularizers.json: penalty and its gradient."""

import jax
import jax.numpy as jnp
import keras

from .common import draw, random_of, same_config, tensor, write

TABLE = [
    ("L1", {}, (3, 4)),
    ("L1", {"l1": 0.5}, (5,)),
    ("L2", {}, (3, 4)),
    ("L2", {"l2": 0.5}, (2, 3, 2)),
    ("L1L2", {}, (3, 4)),
    ("L1L2", {"l1": 0.1, "l2": 0.2}, (3, 4)),
    ("OrthogonalRegularizer", {}, (3, 4)),
    ("OrthogonalRegularizer", {"factor": 0.3, "mode": "columns"}, (4, 3)),
    ("L1", {"l1": 0.0}, (3,)),
    ("L1L2", {"l1": 0.3}, (3, 1, 2)),
    ("L2", {"l2": 0.1}, ()),
    ("L2", {"l2": 0.1}, (0, 3)),
    ("L1", {"l1": 0.1}, (33,)),
    ("OrthogonalRegularizer", {"mode": "rows"}, (3, 17)),
    ("OrthogonalRegularizer", {"factor": 2.0, "mode": "columns"}, (16, 3)),
]


def generate():
    cases = []
    for name, options, shape in TABLE:
        regularizer = getattr(keras.regularizers, name)(**options)
        x = jnp.asarray(draw(random_of(f"regularizer {name} {shape}"), shape))
        config = {k: v if isinstance(v, str) else float(v) for k, v in regularizer.get_config().items()}
        cases.append(
            {
                "name": f"{name} {len(cases)}",
                "class_name": name,
                "config": same_config(config),
                "input": tensor(x),
                "value": tensor(regularizer(x)),
                "gradient": tensor(jax.grad(lambda v: jnp.sum(regularizer(v)))(x)),
            }
        )
    write("regularizers.json", cases)
