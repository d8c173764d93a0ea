"""activations.json: every function of keras.activations on a grid, with its derivative."""

import jax
import jax.numpy as jnp
import keras
import numpy as np

from .common import draw, random_of, tensor, write

BIG = [20, 50, 88, 89, 100, 500, 1e4, 1e20, 3e38]
TINY = [0.0, 1e-3, 1e-7, 1e-20, 1e-38]

ELEMENTWISE = [
    ("linear", {}),
    ("relu", {}),
    ("relu", {"negative_slope": 0.1, "max_value": 2.0, "threshold": 0.5}),
    ("relu", {"max_value": 1.5}),
    ("relu6", {}),
    ("leaky_relu", {}),
    ("leaky_relu", {"negative_slope": 0.35}),
    ("elu", {}),
    ("elu", {"alpha": 0.5}),
    ("celu", {}),
    ("celu", {"alpha": 2.0}),
    ("selu", {}),
    ("gelu", {}),
    ("gelu", {"approximate": True}),
    ("sigmoid", {}),
    ("hard_sigmoid", {}),
    ("log_sigmoid", {}),
    ("silu", {}),
    ("hard_silu", {}),
    ("mish", {}),
    ("softplus", {}),
    ("softsign", {}),
    ("squareplus", {}),
    ("squareplus", {"b": 2}),
    ("soft_shrink", {}),
    ("soft_shrink", {"threshold": 1.0}),
    ("hard_shrink", {}),
    ("hard_shrink", {"threshold": 1.0}),
    ("sparse_plus", {}),
    ("sparse_sigmoid", {}),
    ("tanh", {}),
    ("hard_tanh", {}),
    ("tanh_shrink", {}),
    ("threshold", {"threshold": 0.5, "default_value": -1.0}),
    ("exponential", {}),
]
AXIS = [
    ("softmax", {}),
    ("softmax", {"axis": 1}),
    ("log_softmax", {}),
    ("log_softmax", {"axis": 1}),
    ("sparsemax", {}),
    ("glu", {}),
    ("glu", {"axis": 1}),
]


def grid():
    small = np.linspace(-6, 6, 49)
    return np.concatenate([small, BIG, np.negative(BIG), TINY, np.negative(TINY)]).astype(np.float32)


def elementwise_case(name, options):
    function = getattr(keras.activations, name)
    x = grid()
    f = lambda v: function(v, **options)
    y = np.asarray(f(jnp.asarray(x)))
    slope = np.asarray(jax.grad(lambda v: jnp.sum(f(v)))(jnp.asarray(x)))
    special = np.asarray([np.nan, np.inf, -np.inf], np.float32)
    return {
        "name": name,
        "options": options,
        "input": tensor(x),
        "output": tensor(y),
        "derivative": tensor(slope),
        "special": {"input": tensor(special), "output": tensor(f(jnp.asarray(special)))},
    }


def axis_case(name, options):
    function = getattr(keras.activations, name)
    rng = random_of(f"activation {name} {options}")
    x = draw(rng, (3, 4, 6), 2.0)
    x[0, 0] = [100, -100, 0, 50, 99, 1e4]
    x[0, 1] = 3.0
    f = lambda v: function(v, **options)
    y = np.asarray(f(jnp.asarray(x)))
    out_gradient = draw(rng, y.shape)
    slope = jax.grad(lambda v: jnp.sum(f(v) * out_gradient))(jnp.asarray(x))
    return {
        "name": name,
        "options": options,
        "input": tensor(x),
        "output": tensor(y),
        "output_gradient": tensor(out_gradient),
        "input_gradient": tensor(slope),
    }


def generate():
    cases = [elementwise_case(*c) for c in ELEMENTWISE] + [axis_case(*c) for c in AXIS]
    covered = {c["name"] for c in cases}
    known = {f.__name__ for f in keras.src.activations.ALL_OBJECTS}
    assert covered == known, covered ^ known
    write("activations.json", cases, aliases={"swish": "silu", "hard_swish": "hard_silu"})
