"""ops_control.json: operations that take functions: programs by name (test/ops/control-golden.test.ts writes them, too)."""

import jax
import numpy as np
from keras import ops

from .common import draw, random_of, tensor, write
from .ops_cases import between, f, flat, floats, g, ints


@ops.custom_gradient
def doubled(x):
    """x squared, with twice the derivative that it has."""

    def back(*args, upstream=None):
        upstream = args[0] if upstream is None else upstream
        return upstream * 4 * x

    return ops.square(x), back


def step(carry, x):
    carry = carry * 0.5 + x
    return carry, ops.sin(carry)


def step_dict(carry, x):
    total, count = carry
    return (total + x["a"] * x["b"], count + 1), total


def affine(a, b):
    return a[0] * b[0], a[1] * b[0] + b[1]


# name: the program, and what goes in.
PROGRAMS = {
    "cond true": (lambda x: ops.cond(True, lambda: ops.sin(x), lambda: x * 2), [f(3)]),
    "cond false": (lambda x: ops.cond(ops.sum(x) > 100, lambda: ops.sin(x), lambda: x * 2), [f(3)]),
    "cond guards": (lambda x: ops.cond(ops.max(x) < 0, lambda: ops.sqrt(x), lambda: x + 1), [floats(-1, 2)]),
    "switch 0": (lambda i, x: ops.switch(i, [lambda v: v * 2, ops.sin, ops.cos], x), [ints(0)[0:1].reshape(()), f(3)]),
    "switch beyond": (lambda i, x: ops.switch(i, [lambda v: v * 2, ops.sin, ops.cos], x), [ints(9).reshape(()), f(3)]),
    "switch negative": (lambda i, x: ops.switch(i, [lambda v: v * 2, ops.sin], x), [ints(-4).reshape(()), f(3)]),
    "while_loop": (lambda x: ops.while_loop(lambda i, v: i < 4, lambda i, v: (i + 1, v * 0.5 + 1), (ops.array(0), x)), [f(3)]),
    "while_loop at most": (
        lambda x: ops.while_loop(lambda v: ops.sum(v) < 100, lambda v: v * 2, x, maximum_iterations=3),
        [between(0.1, 1, 3)],
    ),
    "while_loop never": (lambda x: ops.while_loop(lambda v: ops.sum(v) > 100, lambda v: v * 2, x), [f(3)]),
    "fori_loop": (lambda x: ops.fori_loop(1, 4, lambda i, v: v * ops.cast(i, "float32") + 1, x), [f(3)]),
    "fori_loop empty": (lambda x: ops.fori_loop(3, 3, lambda i, v: v * 2, x), [f(3)]),
    "scan": (lambda c, x: ops.scan(step, c, x), [f(2), g(4, 2)]),
    "scan reverse": (lambda c, x: ops.scan(step, c, x, reverse=True), [f(2), g(4, 2)]),
    "scan length": (lambda c: ops.scan(lambda v, _: (v * 0.5, v), c, length=3), [f(2)]),
    "scan structures": (
        lambda c, a, b: ops.scan(step_dict, (c, ops.zeros(())), {"a": a, "b": b}),
        [f(2), g(3, 2), f(3, 2)],
    ),
    "associative_scan": (lambda x: ops.associative_scan(ops.add, x), [f(7, 2)]),
    "associative_scan reverse": (lambda x: ops.associative_scan(ops.multiply, x, reverse=True, axis=1), [f(2, 5)]),
    "associative_scan pairs": (lambda a, b: ops.associative_scan(affine, (a, b)), [f(6), g(6)]),
    "associative_scan one": (lambda x: ops.associative_scan(ops.add, x), [f(1)]),
    "map": (lambda x: ops.map(lambda v: ops.sum(v) * v, x), [f(4, 3)]),
    "vectorized_map": (lambda x: ops.vectorized_map(lambda v: v * ops.max(v), x), [f(4, 3)]),
    "vectorize": (
        lambda x, y: ops.vectorize(lambda a, b: ops.tensordot(a, b, 1), signature="(n),(n)->()")(x, y),
        [f(2, 3, 4), g(4)],
    ),
    "vectorize scalars": (lambda x, y: ops.vectorize(lambda a, b: a * b + 1)(x, y), [f(2, 1), g(3)]),
    "custom_gradient": (lambda x: doubled(x), [f(4)]),
    "stop_gradient": (lambda x: x * ops.stop_gradient(x * x), [f(4)]),
    "jvp": (lambda x, t: ops.jvp(lambda v: ops.sin(v) * ops.sum(v), (x,), (t,)), [f(3), g(3)]),
    "jvp two": (lambda x, y, t: ops.jvp(lambda a, b: ops.matmul(a, b), (x, y), (t, y)), [f(2, 3), g(3, 2), f(2, 3, n=2)]),
}


def generate():
    cases = []
    for name, (program, inputs) in PROGRAMS.items():
        results = [np.asarray(r) for r in flat_all(program(*map(ops.convert_to_tensor, inputs)))]
        case = {"op": name.split(" ")[0], "program": name, "inputs": [tensor(x) for x in inputs], "outputs": [tensor(r) for r in results]}
        at = [i for i, x in enumerate(inputs) if x.dtype == np.float32]
        smooth = [i for i, r in enumerate(results) if r.dtype == np.float32]
        weights = [draw(random_of(f"ops_control {name} {i}"), r.shape) for i, r in enumerate(results)]

        def loss(values):
            given = list(inputs)
            for i, v in zip(at, values):
                given[i] = v
            made = flat_all(program(*map(ops.convert_to_tensor, given)))
            return sum((made[i] * weights[i]).sum() for i in smooth)

        # What an eager loop gives has no gradient in JAX where its length is not known.
        if not name.startswith("while_loop"):
            case["output_gradients"] = [tensor(weights[i]) if i in smooth else None for i in range(len(results))]
            case["gradients"] = [tensor(v) for v in jax.grad(loss)([inputs[i] for i in at])]
        cases.append(case)
    write("ops_control.json", cases)


def flat_all(result):
    return flat(list(result.values()) if isinstance(result, dict) else result)
