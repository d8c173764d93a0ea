"""ops_arrays.json: functions that make, move, find and order elements."""

import numpy as np

from .ops_cases import B, I, INF, J, NAN, SPECIAL, U, between, f, floats, g, ints, write_cases

TIES = floats(2, NAN, 1, 2, -0.0, NAN, 0.0, INF, 1, -INF)
TABLE = np.array([[3, 1, 3, 0], [2, 2, -1, 2], [0, 5, 5, 5]], "int32")
DTYPES = ("bool", "uint8", "int32", "float32")


def creation():
    for shape in ([], [0], [2, 3], [17]):
        for name in ("zeros", "ones", "empty"):
            yield name + "~", [shape], {}
        yield "full~", [shape, 2.5], {}
    for dtype in DTYPES:
        yield "zeros~", [[2], dtype], {}
        yield "ones~", [[2], dtype], {}
        yield "full~", [[2], 3, dtype], {}
        for x in (I[0], B, f(3)):
            for name in ("zeros_like", "ones_like"):
                yield name + "~", [x, dtype], {}
            yield "full_like~", [x, 3, dtype], {}
    yield "full~", [[2, 2], ints(3, 4), "int32"], {}
    for x in (I, B, U, f(2)):
        for name in ("zeros_like", "ones_like"):
            yield name + "~", [x], {}
        yield "full_like~", [x, 3], {}
        yield "array~", [x], {}
        yield "convert_to_tensor~", [x], {}
        yield "convert_to_tensor~", [x, "float32"], {}
    for args in ([5], [0], [3, 8], [8, 3], [8, 3, -2], [0, 1, 0.25], [0.5, 3], [1, 10, 3], [-3, 3]):
        yield "arange~", args + [None] * (3 - len(args)) if len(args) > 1 else args, {}
    for dtype in ("int32", "float32", "uint8"):
        yield "arange~", [0, 5, 2], {"dtype": dtype}
        yield "linspace~", [0.0, 9.0, 5], {"dtype": dtype}
    for num in (0, 1, 2, 15, 16, 17, 33):
        yield "linspace~", [-1.0, 2.0, num], {}
        yield "linspace~", [-1.0, 2.0, num], {"endpoint": False}
    yield "linspace~", [0, 10, 4], {}
    yield "eye~", [3], {}
    yield "eye~", [3, 4, -1], {}
    yield "tri~", [3, 3, -1], {}
    for k in (-3, -1, 0, 1, 5):
        for name in ("tril", "triu", "diagonal"):
            yield name, [f(3, 4), k], {}
        yield "diag", [f(3), k], {}
        yield "diag", [f(3, 4), k], {}
        yield "trace", [f(3, 4), k], {}
    for x in (I, np.array([B, ~B])):
        for name in ("tril", "triu", "diag", "diagonal", "trace"):
            yield name + "~", [x], {}
    yield "tril", [f(2, 3, 3)], {}
    yield "triu", [f(2, 3, 3), 1], {}
    yield "tril~", [np.full((3, 3), NAN, "float32")], {}
    yield "triu~", [np.full((3, 3), INF, "float32")], {}
    yield "diagonal", [f(2, 3, 4), 1, 1, 2], {}
    yield "diagonal", [f(2, 3, 4), 0, -1, 0], {}
    yield "trace", [f(2, 3, 4), -1, 2, 1], {}
    for args in ([None, False], [2, False], [4, True], [0, False]):
        yield "vander", [between(-2, 2, 3), *args], {}
    yield "vander~", [ints(1, 2, -3)], {}
    for indexing in ("xy", "ij"):
        yield "meshgrid", [[f(2), f(3)], indexing], {}
        yield "meshgrid", [[f(2), f(3), g(2)], indexing], {}
        yield "meshgrid~", [[ints(1, 2), ints(3)], indexing], {}
    yield "meshgrid", [[f(2)]], {}
    yield "view_as_complex", [f(3, 2)], {}
    yield "view_as_complex", [f(2)], {}


def movement():
    for x in (f(2, 3), f(17), f(0, 3), f()):
        yield "ravel", [x], {}
        yield "reshape", [x, [-1]], {} if x.size else {}
    yield "reshape", [f(2, 6), [3, -1]], {}
    for x in (I, B, U):
        yield "ravel~", [x], {}
        yield "append~", [x, x], {}
        yield "flip~", [x], {}
        yield "rot90~", [np.atleast_2d(x)], {}
    yield "append", [f(2, 3), g(4)], {}
    yield "append", [f(2, 3), g(1, 3), 0], {}
    yield "append", [f(2, 3), g(2, 2), -1], {}
    yield "append~", [I[0], f(2)], {}
    for shape in ([3, 2, 4], [2, 4], [1, 2, 4]):
        yield "broadcast_to", [f(2, 1), shape], {}
    yield "broadcast_to", [f(), [3]], {}
    for k in (-1, 0, 1, 2, 3, 4, 5, -2):
        yield "rot90", [f(2, 3), k], {}
    yield "rot90", [f(2, 3, 4), 1, [1, 2]], {}
    yield "rot90", [f(2, 3, 4), 3, [2, 0]], {}
    for name in ("hstack", "vstack"):
        yield name, [[f(2, 3), g(2, 3)]], {}
        yield name, [[f(3), g(3)]], {}
        yield name, [[f(), g()]], {}
        yield name + "~", [[ints(1, 2), floats(1.5, 2)]], {}
        yield name + "~", [[B[:2], ints(1, 2)]], {}
    yield "hstack", [[f(2, 3, 2), g(2, 1, 2)]], {}
    yield "vstack", [[f(2, 3, 2), g(1, 3, 2)]], {}
    for name, value in (("concatenate", 0), ("stack", 0), ("stack", -1), ("concatenate", -1)):
        yield name, [[f(2, 3), g(2, 3)], value], {}
        yield name + "~", [[B, U[:4]], value], {}
        yield name + "~", [[U[:4], I[0], f(4)], value], {}
    yield "concatenate", [[f(2, 0), f(2, 3)], 1], {}
    for shift, axis in ((1, None), (-2, 1), (7, 0), ([1, 2], [0, 1])):
        yield "roll", [f(3, 4), shift, axis], {}
    for count, axis in ((2, None), (3, 1), (0, 0)):
        yield "repeat", [f(2, 3), count, axis], {}
    yield "repeat", [f(3, 2), [2, 0, 1], 0], {}
    for reps in (2, [2, 1], [2, 1, 3]):
        yield "tile", [f(2, 3), reps], {}
    for mode in ("constant", "reflect", "symmetric", "edge"):
        yield "pad", [f(3, 4), [[1, 2], [0, 3]]], {"mode": mode}
    yield "pad~", [I, [[1, 0], [0, 1]]], {"constant_values": 7}
    yield "pad~", [B, [[2, 1]]], {}
    for x, y in ((f(2, 3), g(2)), (f(3), g(2, 2)), (f(2, 2), g(3, 1)), (f(2, 1, 3), g(2, 2))):
        yield "kron", [x, y], {}
    yield "kron~", [I, J], {}
    for axis in (0, 1, -1):
        yield "flip", [f(2, 3), axis], {}
        yield "expand_dims", [f(2, 3), axis], {}
        yield "split", [f(4, 4), 2, axis], {}
        yield "split", [f(4, 4), [1, 3], axis], {}
    yield "split", [f(4), [0, 2, 4]], {}
    yield "squeeze", [f(1, 3, 1)], {}
    yield "squeeze", [f(1, 3, 1), -1], {}


def ordering():
    for x in (TIES, TABLE, U, B, f(3, 5), f(2, 3, 2)):
        for name in ("argmax", "argmin"):
            yield name + "~", [x], {}
            yield name + "~", [x], {"axis": -1, "keepdims": True}
            yield name + "~", [x], {"axis": 0}
        for axis in (-1, 0, None):
            yield "sort", [x, axis], {}
            yield "argsort~", [x, axis], {}
    for name in ("argmax", "argmin"):
        yield name + "~", [floats(1, 3, 3, 1)], {}
        yield name + "~", [floats(NAN, 3)], {}
        yield name + "~", [floats(3, NAN, NAN)], {}
        yield name + "~", [np.full((2, 3), -INF, "float32")], {"axis": 1}
        yield name + "~", [np.full((2, 3), INF, "float32")], {"axis": 1}
        yield name + "~", [floats(0.0, -0.0)], {}
        yield name + "~", [floats(-0.0, 0.0)], {}
        yield name + "~", [ints(-(2**31), 2**31 - 1, -(2**31))], {}
        yield name + "~", [TABLE], {"keepdims": True}
        for length in (1, 15, 16, 17, 33):
            yield name + "~", [f(length)], {}
    for length in (0, 1, 15, 16, 17, 33):
        yield "sort", [f(length)], {}
        yield "argsort~", [f(length)], {}
        yield "argsort~", [np.round(f(length)).astype("int32")], {}
    for x in (f(3, 5), TABLE, U, TIES, floats(1, 1, 1, 1)):
        for k in (0, 1, 3, 4):
            yield "top_k", [x, k], {}
    yield "top_k", [f(2, 5), 2], {"sorted": False}
    targets = ints(1, 0, 4, 2, -1, 9)
    scores = f(6, 5)
    for k in (1, 2, 5, 7):
        yield "in_top_k~", [targets, scores, k], {}
    odd = np.array([[1, 1, 0], [NAN, 1, 2], [1, NAN, 2], [INF, 1, 2], [INF, INF, 0], [-INF, -INF, 0]], "float32")
    for k in (1, 2, 3):
        yield "in_top_k~", [ints(1, 1, 0, 0, 1, 1), odd, k], {}
    edges = floats(-1, 0, 0, 2, 5)
    values = floats(-2, -1, -0.0, 0.5, 2, 5, 7, NAN, INF, -INF)
    for side in ("left", "right"):
        yield "searchsorted~", [edges, values, side], {}
        yield "searchsorted~", [edges, f(2, 3), side], {}
        yield "searchsorted~", [floats(0, 1, NAN, NAN), floats(NAN, 0.5, INF, 9), side], {}
        yield "searchsorted~", [ints(1, 3, 3, 9), ints(0, 3, 9, 10), side], {}
        yield "searchsorted~", [ints(2**24, 2**24 + 1), ints(2**24 + 1, 2**24), side], {}
        yield "searchsorted~", [ints(1, 3), floats(0.5, 2.5), side], {}
        yield "searchsorted~", [np.zeros(0, "float32"), floats(1), side], {}
        yield "searchsorted~", [floats(1), floats(1, 2), side], {}
    yield "digitize~", [values, edges], {}
    yield "digitize~", [f(3, 2), floats(-0.5, 0.5)], {}
    yield "digitize~", [I, ints(0, 3, 7)], {}
    yield "digitize~", [I, floats(0, 3.5, 7)], {}
    yield "digitize~", [np.array(0.3, "float32"), edges], {}
    yield "count_nonzero~", [TIES], {}
    for x in (TABLE, np.array([B, ~B])):
        for axis in (None, 0, 1, [0, 1]):
            yield "count_nonzero~", [x], {"axis": axis}
    for axis in (None, 0, -1):
        where = ints(1, 0, -1, 2)
        yield "take", [f(3, 4), where, axis], {}
        yield "take", [f(3, 4), where.reshape(2, 2), axis], {}
    yield "take", [f(3, 4), 1, 0], {}
    for x, at, axis in (
        (f(3, 4), ints(0, 2, 1).reshape(3, 1), 1),
        (f(3, 4), ints(0, 2, 1, 1).reshape(1, 4), 0),
        (f(3, 4), ints(0, 2, 1).reshape(1, 3), 1),
        (f(1, 4), ints(0, 2, 1, 3).reshape(2, 2), 1),
        (f(3, 4), ints(-1, 5, 11), None),
        (f(3, 4), ints(-1, -4, 0).reshape(3, 1), -1),
        (f(2, 3, 2), np.zeros((2, 1, 2), "int32"), 1),
        (f(1, 3), np.zeros((0, 2), "int32"), 1),
        (f(0, 3), np.zeros((0, 2), "int32"), 1),
        (f(0, 3), np.zeros((1, 2), "int32"), 1),
        (f(3, 3), np.zeros((3, 0), "int32"), 1),
        (I, np.array([[3, 0], [1, 1]], "int32"), 1),
        (B, ints(3, 0), 0),
    ):
        yield "take_along_axis?", [x, at, axis], {}
    rows = np.array([[0, 1], [2, 0], [0, 1]], "int32")
    yield "scatter", [rows, f(3), [3, 2]], {}
    yield "scatter", [ints(1, 1, 3).reshape(3, 1), f(3, 2), [4, 2]], {}
    yield "scatter~", [rows, ints(4, 5, 6), [3, 2]], {}
    yield "scatter", [np.zeros((0, 1), "int32"), np.zeros((0, 2), "float32"), [3, 2]], {}
    yield "one_hot~", [ints(0, 2, -1, 5), 3], {}
    yield "one_hot~", [ints(0, 2), 3], {"axis": 0, "dtype": "int32"}
    for n in (0, 1, 2):
        for axis in (0, -1):
            yield "diff", [f(4, 5), n, axis], {}
    yield "diff~", [I], {}
    yield "diff~", [U], {}
    yield "diff?~", [B], {}
    yield "diff", [f(2), 3], {}
    for axis in (0, 1):
        for name in ("cumsum", "cumprod"):
            yield name, [f(3, 5), axis], {}
    yield "cumprod", [floats(2, 0, 3, 0)], {}
    for length in (0, 1, 15, 16, 17, 33):
        yield "cumsum", [f(length)], {}


def cases():
    yield from creation()
    yield from movement()
    yield from ordering()


def generate():
    write_cases("ops_arrays", cases())
