"""ops_reduce.json: functions that fold axes, statistics, products of matrices and vectors."""

import numpy as np

from .ops_cases import B, HOLES, I, INF, J, NAN, SPECIAL, U, between, f, floats, g, ints, write_cases

AXES = (None, 0, -1, [0, 1])
ODD = np.array([[1.5, NAN, 2.0], [INF, -INF, 1.0], [0.0, -0.0, 0.0]], "float32")
BITS = np.array([[1, 0, 2], [0, 0, 0], [3, 1, 1]], "int32")
LENGTHS = (1, 15, 16, 17, 33)


def folds():
    for name in "sum mean prod max min amax amin var std logsumexp all any".split():
        no = "~" if name in ("all", "any") else ""
        for axis in AXES:
            yield name + no, [f(3, 4)], {"axis": axis}
        yield name + no, [f(2, 3, 2)], {"axis": [0, 2], "keepdims": True}
        yield name + no, [f(3, 4)], {"axis": 1, "keepdims": True}
        yield name + "~", [f()], {}
        yield name + "~", [ODD], {"axis": 1}
        for x in (BITS, B, U):
            yield name + "?~", [x], {"axis": 0}
        for length in LENGTHS:
            yield name + "~", [f(length)], {}
        yield name + "?~", [np.zeros((2, 0), "float32")], {"axis": 0}
        yield name + "?~", [np.zeros((0, 2), "float32")], {"axis": 0}
    for name in ("max", "min", "amax", "amin"):
        yield name, [floats(1, 3, 3, 1)], {}
    yield "prod", [floats(2, 0, 3)], {}
    yield "prod", [floats(0, 0, 3)], {}
    yield "std", [np.ones((2, 3), "float32")], {"axis": 0, "keepdims": False}
    yield "sum~", [ints(2**31 - 1, 1)], {}
    yield "average", [f(3, 4)], {"axis": 1, "weights": between(0.1, 1, 4)}
    yield "average", [f(3, 4)], {"weights": between(0.1, 1, 3, 4)}
    yield "average~", [I], {"axis": 0}
    for axes in ([0], [0, 1], [-1]):
        for keepdims in (False, True):
            yield "moments", [f(3, 4), axes], {"keepdims": keepdims}


def with_holes():
    for name in "nansum nanprod nanmean nanvar nanstd nanmax nanmin".split():
        for axis in AXES:
            yield name + "~", [HOLES], {"axis": axis}
        yield name + "~", [HOLES], {"axis": 1, "keepdims": True}
        yield name, [f(3, 4)], {"axis": 1}
        yield name, [floats(1, NAN, 3)], {}
        for x in (I, B, U):
            yield name + "?~", [x], {"axis": 0}
        yield name + "~", [ODD], {"axis": 0}
        yield name + "?~", [np.zeros((0, 2), "float32")], {"axis": 0}
        for length in LENGTHS:
            yield name + "~", [f(length)], {}
    for name in ("nanargmax", "nanargmin"):
        yield name + "~", [floats(NAN, -INF, NAN)], {}
        yield name + "~", [floats(NAN, INF, NAN)], {}
        yield name + "~", [floats(2, 2, NAN, 1, 1)], {}


def quantiles():
    for method in ("linear", "lower", "higher", "midpoint", "nearest"):
        yield "quantile", [f(3, 5), 0.3], {"axis": 1, "method": method}
        yield "quantile~", [f(6), [0.0, 0.5, 0.9, 1.0]], {"method": method}
        yield "percentile", [f(3, 4), 35.0], {"axis": 0, "method": method}
        yield "quantile~", [f(3, 4), 0.5], {"axis": 1, "method": method}
    yield "quantile~", [I, 0.25], {}
    yield "quantile~", [f(2, 3, 4), [0.2, 0.7]], {"axis": [0, 2], "keepdims": True}
    yield "quantile~", [ODD, 0.5], {"axis": 1}
    yield "percentile~", [f(7), [10.0, 90.0]], {}
    for axis in AXES:
        yield "median", [f(3, 4)], {"axis": axis}
    yield "median", [f(3, 5)], {"axis": 1, "keepdims": True}
    yield "median~", [ODD], {"axis": 1}
    yield "median~", [I], {}
    yield "nanmedian~", [ODD], {"axis": 1}


def products():
    for x, y in ((f(4), g(4)), (f(2, 4), g(3, 4)), (f(2, 3, 4), g(4)), (f(), g(3))):
        yield "inner", [x, y], {}
    for x, y in ((f(4), g(3)), (f(2, 2), g(3)), (f(), g(2))):
        yield "outer", [x, y], {}
    for x, y in ((f(4), g(4)), (f(2, 3), g(2, 3)), (f(2, 3), g(6))):
        yield "vdot", [x, y], {}
    for name in ("inner", "outer"):
        yield name + "~", [I[0], J[0]], {}
        yield name + "~", [I[0], f(4)], {}
    yield "vdot~", [I, J], {}
    for axes in (0, 1, 2):
        yield "tensordot", [f(2, 2), g(2, 2), axes], {}
    yield "tensordot", [f(2, 3, 4), g(4, 3, 2), [[1, 2], [1, 0]]], {}
    yield "tensordot", [f(2, 3), g(4, 3), [[1], [1]]], {}
    yield "tensordot", [f(2, 3, 4), g(3, 4, 5)], {}
    for x, y in ((f(4), g(4)), (f(2, 4), g(4)), (f(2, 4), g(4, 3)), (f(2, 3, 4), g(4, 2)), (f(4), g(2, 4, 3)), (f(), g(3))):
        yield "dot", [x, y], {}
    for x, y in ((f(4), g(4)), (f(2, 4), g(4)), (f(4), g(4, 3)), (f(2, 1, 3, 4), g(5, 4, 2)), (f(0, 4), g(4, 3)), (f(2, 0), g(0, 3))):
        yield "matmul", [x, y], {}
    yield "matmul~", [I, J.T], {}
    yield "matmul~", [np.array([B, ~B]), np.array([B, B]).T], {}
    yield "matmul~", [U[None, :4], U[:4, None]], {}
    yield "matmul~", [I, f(4, 2)], {}
    for n in (15, 16, 17, 33):
        yield "matmul~", [f(3, n), g(n, 2)], {}
    yield "corrcoef", [f(3, 5)], {}
    yield "corrcoef", [f(4)], {}
    yield "corrcoef~", [I], {}
    yield "corrcoef~", [np.ones((2, 3), "float32")], {}
    for options in ({}, {"dx": 0.5}, {"axis": 0}, {"x": floats(0, 1, 3, 4)}, {"x": f(3, 4), "axis": 1}):
        yield "trapezoid", [f(3, 4)], options
    yield "trapezoid", [f(3, 4)], {"x": floats(0, 2, 3), "axis": 0}
    yield "trapezoid~", [I], {}
    yield "psnr", [between(0, 1, 2, 3), between(0, 0.9, 2, 3), 1.0], {}
    yield "psnr~", [f(3), f(3), 255], {}
    for order in (1, 2, 3, 4):
        for axis in (0, -1):
            yield "normalize", [f(3, 4)], {"axis": axis, "order": order}
    yield "normalize", [f(2, 3, 4)], {"axis": [1, 2]}
    yield "normalize~", [floats(0, 0, 0)], {}
    yield "normalize~", [floats(1e-9, 0, 0)], {}


def cases():
    yield from folds()
    yield from with_holes()
    yield from quantiles()
    yield from products()


def generate():
    write_cases("ops_reduce", cases())
