"""Tables of calls of keras.ops as golden files: shared by the families ops_*."""

import jax
import jax.numpy as jnp
import numpy as np
from keras import ops

from .common import draw, random_of, tensor, uniform, write

NAN, INF = np.nan, np.inf
I = np.array([[3, 4, -5, 0], [7, -2, 12, 9]], "int32")
J = np.array([[2, -4, 3, 5], [-3, 6, 8, 12]], "int32")
U = np.array([3, 4, 250, 0, 17], "uint8")
B = np.array([True, False, True, True])
SPECIAL = np.array([NAN, INF, -INF, -0.0, 0.0, 1.5, -2.0], "float32")
HOLES = np.array([[1.5, NAN, -2.0, 0.5], [NAN, NAN, NAN, NAN], [3.0, 1.0, NAN, 2.0]], "float32")


def f(*shape, scale=1.0, n=0):
    """Normal numbers that depend on nothing but the arguments: no case changes another one."""
    return np.asarray(draw(random_of(f"ops {shape} {scale} {n}"), shape, scale))


def g(*shape, scale=1.0):
    return f(*shape, scale=scale, n=1)


def between(low, high, *shape):
    return uniform(random_of(f"ops {low} {high} {shape}"), shape, low, high)


def floats(*values):
    return np.array(values, "float32")


def ints(*values):
    return np.array(values, "int32")


def leaves(args):
    for a in args:
        if isinstance(a, list):
            yield from leaves(a)
        elif isinstance(a, np.ndarray):
            yield a


def rebuilt(args, found):
    return [
        rebuilt(a, found) if isinstance(a, list) else (next(found) if isinstance(a, np.ndarray) else a) for a in args
    ]


def encoded(args):
    return [encoded(a) if isinstance(a, list) else (tensor(a) if isinstance(a, np.ndarray) else a) for a in args]


def flat(results):
    """The tensors in what a function gives; a complex one is two."""
    if isinstance(results, (list, tuple)):
        return [r for result in results for r in flat(result)]
    if getattr(results, "dtype", None) == "complex64":
        return [results.real, results.imag]
    return [results]


def plain_tuple(value):
    """Shapes, axes and widths as Keras wants them."""
    if isinstance(value, list) and all(isinstance(v, (int, float)) for v in value):
        return tuple(value)
    return value


def called(name, args, options):
    function = ops
    for part in name.split("."):
        function = getattr(function, part)
    args = [plain_tuple(jnp.asarray(a) if isinstance(a, np.ndarray) else a) for a in args]
    if name == "repeat" and isinstance(args[1], tuple):
        args[1] = jnp.asarray(args[1])
    if name in ("nanquantile", "nanpercentile") and isinstance(args[1], tuple):
        args[1] = list(args[1])
    if name == "meshgrid":
        args, options = args[0], {"indexing": args[1]} if len(args) > 1 else {}
    return flat(function(*args, **{k: plain_tuple(v) for k, v in options.items()}))


def case_of(family, name, args, options):
    differentiable = not name.endswith("~")
    name = name.rstrip("~")
    results = [np.asarray(r) for r in called(name, args, options)]
    case = {
        "op": name,
        "args": encoded(args),
        "options": dict(zip(options, encoded(options.values()))),
        "outputs": [tensor(r) for r in results],
    }
    given = [a.astype(np.float32) if a.dtype == np.float64 else a for a in leaves([args, list(options.values())])]
    at = [i for i, a in enumerate(given) if a.dtype == np.float32]
    if not differentiable or not at:
        return case
    smooth = [i for i, r in enumerate(results) if r.dtype == np.float32]
    weights = [draw(random_of(f"{family} gradient {name} {r.shape}"), r.shape) for r in results]

    def loss(values):
        all_ = list(given)
        for i, v in zip(at, values):
            all_[i] = v
        found = iter(all_)
        new_args, new_values = rebuilt([args, list(options.values())], found)
        made = called(name, new_args, dict(zip(options, new_values)))
        return sum((made[i] * weights[i]).sum() for i in smooth)

    gradients = jax.grad(loss)([given[i] for i in at])
    case["output_gradients"] = [tensor(weights[i]) if i in smooth else None for i in range(len(results))]
    case["gradients"] = [tensor(v) for v in gradients]
    return case


def write_cases(family, cases):
    """Of (op, args, options): a "~" after the name means no gradients, a "?" that Keras may refuse the call."""
    out = []
    for name, args, options in cases:
        try:
            out.append(case_of(family, name.replace("?", ""), args, options))
        except (TypeError, ValueError) as refusal:
            if "?" not in name:
                refusal.add_note(f"ops.{name} of {args}, {options}")
                raise
    write(f"{family}.json", out)
