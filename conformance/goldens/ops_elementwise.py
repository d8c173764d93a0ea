"""ops_elementwise.json: functions of single elements and of pairs: domains, special values, dtypes, broadcasting."""

import numpy as np

from .ops_cases import B, I, INF, J, NAN, SPECIAL, U, between, f, floats, g, ints, write_cases

EVERYWHERE = """arctan arcsinh sin cos tan sinh cosh tanh exp exp2 expm1 erf erfc square abs negative rad2deg deg2rad
    reciprocal hard_swish swish""".split()
STEPS = "sign floor ceil trunc round".split()
DOMAINS = {
    "arccos": (-1, 1),
    "arcsin": (-1, 1),
    "arctanh": (-1, 1),
    "erfinv": (-1, 1),
    "arccosh": (1, 9),
    "log": (0, 9),
    "log2": (0, 9),
    "log10": (0, 9),
    "log1p": (-1, 9),
    "sqrt": (0, 9),
    "rsqrt": (0, 9),
}
EDGES = floats(1e-20, -1e-20, 1e-4, -1e-4, 0.5, -0.5, 1.0, -1.0, 2.5, -2.5, 3.5, 16.5, 87.0, -87.0, 89.0, -104.0, 1e3, -1e3, 1e18, -1e18)
LENGTHS = (0, 1, 15, 16, 17, 33)
KINDS = {"bool": B, "uint8": np.array([3, 4, 25, 0], "uint8"), "int32": I[1], "float32": floats(1.5, -2.0, 0.5, 3.0)}
SCALARS = (2, 2.5, True)


def unary():
    for name in EVERYWHERE:
        yield name, [f(17, scale=2.0)], {}
        yield name, [np.array(0.7, "float32")], {}
    for name, (low, high) in DOMAINS.items():
        yield name, [between(low, high, 3, 5)], {}
    for name in STEPS:
        yield name, [f(9, scale=4.0)], {}
    for name in [*EVERYWHERE, *STEPS, *DOMAINS]:
        yield name + "~", [SPECIAL], {}
        # Beyond 1e6 what is left of a period is a matter of rounding.
        yield name + "~", [EDGES[:18] if name in ("sin", "cos", "tan") else EDGES], {}
        for x in (I, U, B):
            yield name + "?~", [x], {}
    for length in LENGTHS:
        for name in ("exp", "sqrt", "sign"):
            yield name, [between(0.1, 2, length)], {}
    yield "sign", [floats(0.0, 1.0)], {}
    yield "sqrt", [floats(0.0, 1.0)], {}
    ties = floats(0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.25, 0.35, 1234.565)
    yield "round~", [ties], {}
    for decimals in (1, 2, -1, -2):
        yield "round~", [ties, decimals], {}
        yield "round~", [ints(15, 25, 149, 150, 151, -15), decimals], {}
    for name in "isfinite isinf isnan logical_not".split():
        for x in (SPECIAL, I, B, U):
            yield name + "~", [x], {}
    for name in ("bitwise_not",):
        for x in (I, B, U):
            yield name + "~", [x], {}
    for options in ({}, {"nan": 7.0}, {"posinf": 1.0, "neginf": -1.0}):
        yield "nan_to_num", [SPECIAL], options
    yield "nan_to_num~", [I], {}
    for x in (SPECIAL, I, B):
        yield "stop_gradient", [x], {}
    yield "clip", [f(7, scale=2.0), -1.0, 1.0], {}
    yield "clip", [SPECIAL, -1.0, 1.0], {}
    yield "clip~", [I, -1, 5], {}
    yield "clip~", [I, -1.5, 5.5], {}
    yield "clip~", [U, 3, 100], {}


def binary():
    smooth = "add subtract multiply divide true_divide divide_no_nan maximum minimum arctan2 logaddexp hypot".split()
    steps = "floor_divide mod".split()
    compared = "equal not_equal less less_equal greater greater_equal logical_and logical_or logical_xor".split()
    for name in [*smooth, *steps]:
        yield name, [f(3, 5), g(5)], {}
        yield name, [f(2, 1, 3), g(4, 1)], {}
        yield name, [f(4), g()], {}
    a = np.repeat(SPECIAL, 7)
    b = np.tile(SPECIAL, 7)
    for name in [*smooth, *steps, *compared, "power"]:
        yield name + "~", [a, b], {}
    for name in compared:
        yield name + "~", [I, 4], {}
        yield name + "~", [f(2, 1, 3), g(4, 1)], {}
        yield name + "~", [np.zeros((0, 3), "float32"), f(3)], {}
    for name in ("maximum", "minimum"):
        yield name, [floats(1, 2, 3), floats(1, 3, 2)], {}
        yield name, [floats(1, 2, 3), 2.0], {}
    yield "divide_no_nan", [floats(1, 2, 0), floats(0, 4, 0)], {}
    yield "hypot", [floats(3e15, 3e-15, -5.0), floats(4e15, 4e-15, 0.0)], {}
    for name in ("floor_divide", "mod"):
        yield name + "~", [ints(7, -7, 7, -7, 0, 2**31 - 1, -(2**31), 5), ints(2, 2, -2, -2, 3, 10, 7, 5)], {}
        yield name + "~", [ints(5, -5, 0), ints(0, 0, 0)], {}
        yield name + "~", [ints(-(2**31)), ints(-1)], {}
        yield name + "~", [U, np.array([2, 0, 7, 0, 5], "uint8")], {}
        yield name + "~", [floats(5.5, -5.5, 5.5, -5.5, 1e6, -1e-3), floats(2, 2, -2, -2, 0.3, 1)], {}
    yield "divide~", [ints(5, -5, 0), ints(0, 0, 0)], {}
    for name in "bitwise_and bitwise_or bitwise_xor left_shift".split():
        yield name + "~", [I, np.abs(J)], {}
        yield name + "~", [U, np.array([1, 2, 3, 4, 9], "uint8")], {}
        yield name + "~", [I, 3], {}
        if name != "left_shift":
            yield name + "~", [B, ~B], {}
    yield "left_shift~", [ints(1, -1, 3), ints(31, 33, 40)], {}


def powers():
    x = floats(NAN, INF, -INF, -0.0, 0.0, 1.5, -2.0, 1.0, -1.0, 0.5)
    for y in (0, 1, 2, 3, -1, -2, -3, 0.5, -0.5, 1.5, 2.5, 33, 1e9):
        yield "power~", [x, y], {}
        yield "power~", [x, np.full(10, y, "float32")], {}
    yield "power", [between(0.2, 3, 6), g(6)], {}
    for y in (2, 3, -1, 0.5, -0.5, 1.5, 0):
        yield "power", [between(0.2, 3, 6), y], {}
        yield "power", [between(0.2, 3, 6), np.full(6, y, "float32")], {}
    for y in (2, 3, 1, 0):
        yield "power", [floats(-1.5, 0.0, 2.0), y], {}
        yield "power", [floats(-1.5, 0.5, 2.0), np.array(y, "float32")], {}
    yield "power~", [2.0, f(4)], {}
    yield "power~", [2, ints(0, 1, 5, 30)], {}
    yield "power~", [I, 2], {}
    yield "power~", [I, np.abs(J) % 5], {}
    yield "power~", [I, 0.5], {}
    yield "power~", [U, 2], {}
    yield "power~", [B, B], {}
    yield "power~", [ints(0, 0, 2, -1, 1), ints(0, 1, 0, 3, 7)], {}


def promotions():
    names = """add subtract multiply divide floor_divide mod power maximum minimum equal less logical_and bitwise_and
        bitwise_or left_shift arctan2 hypot logaddexp fmod fmax heaviside divide_no_nan""".split()
    for name in names:
        for x in KINDS:
            for y in KINDS:
                if x != y or x == "bool" or name in ("divide", "power", "floor_divide", "mod"):
                    yield name + "?~", [KINDS[x][:2], KINDS[y][2:]], {}
            for y in SCALARS:
                yield name + "?~", [KINDS[x][:2], y], {}
    for x in KINDS:
        for y in KINDS:
            yield "where~", [B[:2], KINDS[x][:2], KINDS[y][2:]], {}
        for y in SCALARS:
            yield "where~", [B[:2], KINDS[x][:2], y], {}
            yield "where~", [B[:2], y, KINDS[x][:2]], {}
        for y in KINDS:
            yield "cast~", [floats(0, 1.5, -1.5, 300) if x == "float32" else KINDS[x], y], {}
    for dtype in ("bool", "int32", "uint8"):
        yield "cast~", [SPECIAL, dtype], {}
    yield "cast~", [floats(1e10, -1e10, 2.5, -2.5), "int32"], {}
    yield "where", [B, f(4), g(4)], {}
    yield "where", [np.array([[True], [False]]), f(3), 0.0], {}


def cases():
    yield from unary()
    yield from binary()
    yield from powers()
    yield from promotions()


def generate():
    write_cases("ops_elementwise", cases())
