"""linalg.json and fft.json: keras.ops.linalg and the Fourier transforms, values and gradients.

Vectors whose sign is a matter of taste (eigh, svd) are written as their squares.
"""

import jax
import jax.numpy as jnp
import numpy as np
from keras import ops

from .common import draw, random_of, tensor, tensors, write


def flat(y):
    return list(y) if isinstance(y, (tuple, list)) else [y]


def case(name, op, inputs, args=(), gradient=True, wrap=None, **options):
    """`wrap` makes what is compared of the results; `gradient` says whether gradients are written."""
    function = wrap or getattr(ops, op)
    run = lambda *xs: [jnp.asarray(y) for y in flat(function(*xs, *args, **options))]
    inputs = [np.asarray(x, "float32") for x in inputs]
    outputs = run(*inputs)
    result = {"name": name, "op": op, "args": list(args), "options": options, "inputs": tensors(inputs)}
    result["outputs"] = tensors(outputs)
    if gradient:
        rng = random_of(name)
        weights = [draw(rng, y.shape) if y.dtype == jnp.float32 else None for y in outputs]
        loss = lambda *xs: sum(jnp.sum(y * w) for y, w in zip(run(*xs), weights) if w is not None)
        gradients = jax.grad(loss, argnums=tuple(range(len(inputs))))(*inputs)
        result["output_gradients"] = tensors(weights)
        result["input_gradients"] = tensors(gradients)
    return result


def matrix(name, *shape, shift=0.0):
    n = min(shape[-2:])
    return draw(random_of(name), shape) + np.float32(shift) * np.eye(*shape[-2:], dtype="float32")[..., : shape[-1]]


def positive(name, *shape):
    a = draw(random_of(name), shape)
    return np.round(a @ np.swapaxes(a, -1, -2) + 2 * np.eye(shape[-1]), 3).astype("float32")


def hilbert(n):
    return np.array([[1 / (i + j + 1) for j in range(n)] for i in range(n)], "float32")


def linalg():
    for shape in [(1, 1), (2, 2), (3, 3), (2, 4, 4), (5, 5)]:
        a = matrix(f"square{shape}", *shape, shift=1.5)
        p = positive(f"positive{shape}", *shape)
        lower = np.linalg.cholesky(p).astype("float32")
        n = shape[-1]
        b = matrix(f"right{shape}", *shape[:-1], 2)
        yield case(f"inv{shape}", "inv", [a])
        yield case(f"det{shape}", "det", [a])
        yield case(f"slogdet{shape}", "slogdet", [a])
        yield case(f"logdet{shape}", "logdet", [p])
        yield case(f"solve{shape}", "solve", [a, b])
        yield case(f"cholesky{shape}", "cholesky", [p])
        yield case(f"cholesky upper{shape}", "cholesky", [p], upper=True)
        if len(shape) == 2:
            yield case(f"cholesky_inverse{shape}", "cholesky_inverse", [lower])
            yield case(f"cholesky_inverse upper{shape}", "cholesky_inverse", [lower.T], upper=True)
            yield case(f"solve vector{shape}", "solve", [a, b[..., 0]])
            yield case(f"matrix_rank{shape}", "matrix_rank", [a], gradient=False)
        yield case(f"solve_triangular{shape}", "solve_triangular", [a, b])
        yield case(f"solve_triangular lower{shape}", "solve_triangular", [a, b], lower=True)
        yield case(f"lu_factor{shape}", "lu_factor", [a])
        yield case(f"eigh{shape}", "eigh", [p], wrap=lambda x: [ops.eigh(x)[0], ops.square(ops.eigh(x)[1])])
    for shape in [(2, 2), (4, 3), (3, 4), (2, 3, 2), (5, 1)]:
        a = matrix(f"any{shape}", *shape)
        yield case(f"lu_factor any{shape}", "lu_factor", [a], gradient=False)
        yield case(f"qr{shape}", "qr", [a], gradient=shape[-2] >= shape[-1])
        yield case(f"qr complete{shape}", "qr", [a], gradient=shape[-2] == shape[-1], mode="complete")
        yield case(f"svd values{shape}", "svd", [a], compute_uv=False)
        yield case(
            f"svd{shape}",
            "svd",
            [a],
            wrap=lambda x: (lambda u, s, v: [ops.square(u), s, ops.square(v)])(*ops.svd(x, full_matrices=False)),
        )
        yield case(f"pinv{shape}", "pinv", [a])
        if len(shape) == 2:
            yield case(f"lstsq{shape}", "lstsq", [a, matrix(f"b{shape}", shape[0], 2)])
            yield case(f"lstsq vector{shape}", "lstsq", [a, matrix(f"b{shape}", shape[0], 2)[:, 0]])
    singular = np.array([[1, 2, 3], [2, 4, 6], [1, 0, 1]], "float32")
    for name in ["det", "slogdet", "pinv", "matrix_rank"]:
        yield case(f"{name} singular", name, [singular], gradient=False)
    yield case("lstsq singular", "lstsq", [singular, np.array([1, 2, 0.5])], gradient=False)
    for n in [4, 6]:
        yield case(f"det hilbert{n}", "det", [hilbert(n)], gradient=False)
        yield case(f"eigh hilbert{n}", "eigh", [hilbert(n)], gradient=False, wrap=lambda x: [ops.eigh(x)[0]])
        yield case(f"svd hilbert{n}", "svd", [hilbert(n)], gradient=False, compute_uv=False)
        yield case(f"pinv hilbert{n}", "pinv", [hilbert(n)], [1e-2], gradient=False)
        yield case(f"rank hilbert{n}", "matrix_rank", [hilbert(n)], [1e-3], gradient=False)
    x = matrix("norms", 2, 3, 4)
    for axis, order in [(None, None), (1, None), (-1, 1), (2, 3), (0, 0), (1, -1), (1, float("inf")), (2, -float("inf"))]:
        yield case(f"norm {axis} {order}", "norm", [x], gradient=order != 0, ord=order, axis=axis)
    for order in [None, "fro", "nuc", 1, -1, 2, -2, float("inf"), -float("inf")]:
        yield case(f"norm matrix {order}", "norm", [x], ord=order, axis=(0, 2))
        yield case(f"norm kept {order}", "norm", [x], gradient=False, ord=order, axis=(2, 1), keepdims=True)
    yield case("norm flat kept", "norm", [x], keepdims=True)
    yield case("norm 2", "norm", [x[0]], ord=2)


def pairs(name, *shape):
    return [draw(random_of(f"re {name}"), shape), draw(random_of(f"im {name}"), shape)]


def fft():
    together = lambda name: lambda re, im, *args, **how: getattr(ops, name)((re, im), *args, **how)
    for n in [1, 2, 3, 15, 16, 17, 33, 37, 64, 131]:
        yield case(f"fft {n}", "fft", pairs(f"fft {n}", n), wrap=together("fft"), gradient=n < 40)
    yield case("fft batch", "fft", pairs("fft batch", 2, 2, 6), wrap=together("fft"))
    for shape in [(1, 1), (3, 4), (2, 5, 2), (1, 17)]:
        for name in ["fft2", "ifft2"]:
            yield case(f"{name} {shape}", name, pairs(f"{name} {shape}", *shape), wrap=together(name))
    for shape, n in [((1,), None), ((2, 7), None), ((2, 8), None), ((5,), 8), ((9,), 4), ((33,), None), ((3,), 1)]:
        x = draw(random_of(f"rfft {shape}"), shape)
        yield case(f"rfft {shape} {n}", "rfft", [x], fft_length=n)
    for shape, n in [((2,), None), ((2, 5), None), ((5,), 9), ((5,), 4), ((3,), 11), ((17,), None), ((4,), 1)]:
        yield case(f"irfft {shape} {n}", "irfft", pairs(f"irfft {shape}", *shape), wrap=together("irfft"), fft_length=n)
    x = draw(random_of("signal"), (2, 24))
    for args in [(4, 2), (5, 3), (24, 1), (1, 7)]:
        yield case(f"extract_sequences {args}", "extract_sequences", [x], args)
    window = [0.1, 0.5, 1.0, 0.5, 0.2]
    for name, args, how in [
        ("plain", (8, 2, 8), {}),
        ("padded", (5, 3, 8), {"window": "hamming"}),
        ("edge", (6, 4, 7), {"center": False}),
        ("none", (8, 4, 8), {"window": None}),
        ("own", (5, 2, 6), {"window": window}),
        ("none edge", (6, 3, 8), {"window": None, "center": False}),
    ]:
        yield case(f"stft {name}", "stft", [x], args, **how)
        re, im = ops.stft(x, *args, **how)
        for length in [None, 20]:
            yield case(
                f"istft {name} {length}",
                "istft",
                [np.round(np.asarray(re), 3), np.round(np.asarray(im), 3)],
                args,
                wrap=together("istft"),
                length=length,
                **how,
            )


def plain(cases):
    """Infinities as strings: JSON has none."""
    for c in cases:
        c["options"] = {k: str(v) if v in (float("inf"), -float("inf")) else v for k, v in c["options"].items()}
        yield c


def generate():
    write("linalg.json", list(plain(linalg())))
    write("fft.json", list(plain(fft())))
