"""ops_numpy.json: functions of keras.ops: arguments, results, and gradients with respect to float arguments."""

import numpy as np

from .common import draw, random_of, uniform
from .ops_cases import HOLES, INF, NAN, SPECIAL, B, I, J, U, between, f, write_cases


def cases():
    rng = random_of("ops_numpy")

    def f(*shape, scale=1.0):
        return draw(rng, shape, scale)

    def pos(*shape):
        return uniform(rng, shape, 0.2, 3.0)

    # (op, args, options): a trailing "~" in the name means no gradients.
    unary = "fabs cbrt i0 sinc"
    for name in unary.split():
        yield name, [f(3, 7, scale=4.0)], {}
        yield name + "~", [SPECIAL], {}
        yield name + "~", [I], {}
    yield "cbrt~", [np.array([1e-30, -27.0, 1e30, 3e38, 8.0], "float32")], {}
    yield "i0", [np.array([0.0, 0.1, 7.9, 8.0, 8.1, 30.0, -50.0, 88.0], "float32")], {}
    for name in "isneginf isposinf isreal signbit angle real imag conj conjugate copy empty_like".split():
        for x in (SPECIAL, I, U, B):
            yield name + "~", [x], {}
    for name in "bitwise_invert".split():
        for x in (I, U, B):
            yield name + "~", [x], {}
    for name in "bitwise_left_shift bitwise_right_shift right_shift".split():
        yield name + "~", [I, np.abs(J) % 5], {}
        yield name + "~", [I, 2], {}
        yield name + "~", [U, 1], {}
    yield "right_shift~", [np.array([-7, 7, -(2**31), 2**31 - 1], "int32"), 31], {}
    for name in "gcd lcm".split():
        yield name + "~", [I, J], {}
        yield name + "~", [I, 6], {}
        yield name + "~", [U, np.array([9, 6, 100, 5, 51], "uint8")], {}
        yield name + "~", [np.array([0, 0, 2**31 - 1, 1836311903], "int32"), np.array([0, 7, 3, 1134903170], "int32")], {}
    for name in "fmax fmin fmod heaviside logaddexp2 nextafter".split():
        no = "~" if name in ("heaviside", "nextafter") else ""
        yield name + no, [f(2, 5), f(5, scale=2.0)], {}
        yield name + "~", [SPECIAL, np.array([1.0, 2.0, INF, 0.0, -1.0, NAN, 0.7], "float32")], {}
        yield name + "~", [I, J], {}
        yield name + "~", [I, 2], {}
    yield "fmod~", [np.array([5.5, -5.5, 1e6, 7.0, -0.0, 6.0], "float32"), np.array([2.0, -2.0, 0.3, INF, 1.0, 3.0], "float32")], {}
    yield "nextafter~", [np.array([0.0, 0.0, 1.0, -1.0, 3e38], "float32"), np.array([1.0, -1.0, 2.0, -2.0, INF], "float32")], {}
    yield "ldexp", [f(2, 4), J], {}
    yield "ldexp~", [np.array([1.5, 1.0, -3.0, 1.0], "float32"), np.array([127, -126, 10, 200], "int32")], {}
    yield "ldexp~", [I, 3], {}

    yield "allclose~", [f(3), f(3)], {}
    yield "allclose~", [SPECIAL, SPECIAL], {"equal_nan": True}
    yield "allclose~", [SPECIAL, SPECIAL], {}
    yield "allclose~", [np.array([1.0, 2.0], "float32"), np.array([1.05, 2.0], "float32")], {"rtol": 0.1, "atol": 0.0}
    x = f(3, 6)
    for kth in (0, 2, 5):
        yield "argpartition~", [x, kth], {}
    yield "argpartition~", [x, 1, 0], {}
    yield "argpartition~", [I, 1], {}
    yield "array_split", [f(7, 2), 3], {}
    yield "array_split", [f(2, 5), 2, 1], {}
    yield "hsplit", [f(2, 6), 3], {}
    yield "hsplit", [f(6), 2], {}
    yield "vsplit", [f(4, 3), [1, 3]], {}
    yield "dsplit", [f(2, 2, 4), 2], {}
    yield "dstack", [[f(2, 3), f(2, 3)]], {}
    yield "dstack", [[f(3), f(3)]], {}
    yield "fliplr", [f(2, 3)], {}
    yield "flipud", [f(3, 2)], {}
    yield "diagflat", [f(2, 2)], {}
    yield "diagflat", [f(3), -1], {}
    for name in "bartlett blackman hamming hanning".split():
        for n in (0, 1, 2, 16, 17):
            yield name + "~", [n], {}
    for n, beta in ((0, 3.0), (1, 3.0), (15, 0.0), (16, 14.0)):
        yield "kaiser~", [n, beta], {}
    yield "cdist", [f(3, 4), f(2, 4)], {}
    yield "cdist", [f(2, 3, 2), f(2, 4, 2)], {}
    for mode in ("valid", "same", "full"):
        for n, m in ((6, 3), (5, 4), (3, 6), (4, 4), (1, 1)):
            yield "correlate", [f(n), f(m), mode], {}
    yield "correlate~", [I[0], J[1][:2], "full"], {}
    yield "fold", [f(2, 8, 6), [3, 4], 2], {}
    yield "fold", [f(1, 12, 6), [7, 4], [3, 2]], {"dilation": [1, 2], "padding": [0, 1], "stride": [2, 3]}
    yield "unfold", [f(2, 2, 3, 4), 2], {}
    yield "unfold", [f(1, 2, 6, 5), [3, 2]], {"dilation": [1, 2], "padding": [0, 1], "stride": [2, 3]}
    for start, stop, num, options in (
        (1.0, 1000.0, 4, {}),
        (-2.0, -32.0, 5, {}),
        (1.0, 16.0, 4, {"endpoint": False}),
        (3.0, 5.0, 1, {}),
        (3.0, 5.0, 0, {}),
        (1.0, 1000.0, 4, {"dtype": "int32"}),
    ):
        yield "geomspace~", [start, stop, num], options
    for start, stop, num, options in (
        (0.0, 2.0, 3, {}),
        (0.0, 3.0, 4, {"base": 2, "dtype": "int32"}),
        (-1.0, 1.0, 5, {"endpoint": False}),
        (0.0, 2.0, 1, {}),
    ):
        yield "logspace~", [start, stop, num], options
        options = {k: v for k, v in options.items() if k != "base"}
        yield "linspace~", [start, stop, num], options
    yield "linspace~", [0.0, 1.0, 5], {"retstep": True}
    yield "linspace", [f(3), f(3), 4], {}
    yield "linspace", [f(3), f(3), 4], {"axis": -1, "endpoint": False}
    yield "logspace", [f(2), f(2), 3], {}
    yield "geomspace", [pos(2), pos(2), 3], {}
    yield "tri~", [3], {}
    yield "tri~", [2, 4, 1, "int32"], {}
    yield "eye~", [2, 3, 1, "int32"], {}
    yield "identity~", [2, "bool"], {}
    yield "arange~", [2, 9, 3], {}
    yield "arange~", [0, 2, 0.5], {}
    yield "arange~", [5, None, None], {"dtype": "float32"}
    for axis in (None, 0, 1):
        for name in "nanargmax nanargmin nanmedian".split():
            yield name + "~", [HOLES], {"axis": axis}
        yield "nanquantile~", [HOLES, 0.3], {"axis": axis, "keepdims": True}
        yield "nancumsum~", [HOLES, axis], {}
        yield "nancumprod~", [HOLES, axis], {}
    yield "nanargmax~", [HOLES], {"axis": 1, "keepdims": True}
    yield "nanargmin~", [I], {"axis": 0}
    yield "nancumsum~", [I, 1], {}
    yield "nancumsum~", [B, 0, "float32"], {}
    yield "nancumsum", [f(2, 3), 1], {}
    for method in ("linear", "lower", "higher", "midpoint", "nearest"):
        yield "nanquantile~", [HOLES, [0.1, 0.5, 0.8]], {"axis": 1, "method": method}
        yield "nanpercentile~", [HOLES, 70.0], {"axis": 0, "method": method}
    yield "nanmedian", [f(2, 5)], {"axis": 1}
    yield "cumsum~", [U], {}
    yield "cumsum~", [B], {}
    yield "cumprod~", [I, 1, "float32"], {}
    yield "ptp", [f(3, 4)], {}
    yield "ptp", [f(3, 4)], {"axis": 1, "keepdims": True}
    yield "ptp~", [I], {"axis": 0}
    yield "var", [f(3, 4)], {"axis": 1}
    yield "var~", [I], {}
    yield "saturate_cast~", [np.array([-1.0, 300.0, 1e12, -1e12, 7.9], "float32"), "uint8"], {}
    yield "saturate_cast~", [np.array([-1.0, 300.0, 1e12, -1e12, 7.9], "float32"), "int32"], {}
    yield "saturate_cast~", [I, "uint8"], {}
    ids = np.array([0, 2, 2, 0, 5, -1], "int32")
    for name in "segment_max segment_min segment_prod segment_sum".split():
        yield name + ("" if name == "segment_sum" else "~"), [f(6, 2), ids, 4], {}
        yield name + "~", [np.array([3, 1, 4, 1, 5, 9], "int32"), ids, 4], {"sorted": False}
    yield "segment_prod~", [f(6), ids, 3], {}
    yield "select", [[B, ~B], [f(4), f(4)], 7.0], {}
    yield "select~", [[B, ~B], [I, J], -1], {}
    yield "slice_update", [f(3, 4), [1, 0], f(2, 2)], {}
    yield "slice_update", [f(3, 4), [2, 3], f(2, 2)], {}
    yield "slice_update~", [I, [0, 2], J[:, :1]], {}
    yield "slice", [f(3, 4), np.array([1, 2], "int32"), [2, 2]], {}
    yield "unravel_index~", [np.array([0, 5, 11, -1], "int32"), [3, 4]], {}
    yield "unravel_index~", [np.array([[7, 23], [1, 2]], "int32"), [2, 3, 4]], {}
    yield "view~", [SPECIAL[1:], "int32"], {}
    yield "view~", [I, "uint8"], {}
    yield "view~", [np.arange(8, dtype="uint8"), "int32"], {}
    yield "view~", [f(2), "uint8"], {}
    yield "rearrange", [f(2, 6, 3), "b (h w) c -> c b w h"], {"h": 2}
    yield "rearrange", [f(2, 3, 4), "a b c -> (a c) b"], {}
    yield "rearrange", [f(4, 6), "(a b) (c d) -> (c a) (b d)"], {"a": 2, "d": 3}
    yield "nonzero~", [np.array([[1, 0, 2], [0, 0, 3]], "int32")], {}
    yield "where~", [B], {}
    v = np.array([3, 1, 1, 2, 3, 3], "int32")
    yield "unique~", [v], {}
    yield "unique~", [v], {"return_index": True, "return_inverse": True, "return_counts": True}
    yield "unique~", [v.reshape(2, 3)], {"return_inverse": True}
    yield "unique~", [np.array([[3, 1], [2, 2], [3, 1]], "int32")], {"axis": 0, "return_inverse": True, "return_counts": True}
    yield "unique~", [np.array([[3, 3, 1], [2, 2, 1]], "int32")], {"axis": 1}
    yield "unique~", [v], {"size": 5, "fill_value": 9, "return_counts": True}
    yield "unique~", [v], {"size": 5, "return_index": True}
    yield "unique~", [v], {"size": 2}
    yield "unique~", [np.array([NAN, 1.0, NAN, -0.0, 0.0], "float32")], {"return_counts": True}
    yield "scatter_update~", [I, np.array([[0, 1], [1, 2], [0, 1]], "int32"), np.array([7, 8, 9], "int32")], {}
    for reduction in ("add", "max", "min", "mul"):
        where = np.array([[2], [0], [2]], "int32")
        yield "scatter_update" + ("" if reduction == "add" else "~"), [f(4, 2), where, f(3, 2)], {"reduction": reduction}
        yield "scatter_update~", [I, np.array([[0, 1], [1, 2], [0, 1]], "int32"), np.array([7, -8, 9], "int32")], {"reduction": reduction}
    yield "scatter_update", [f(4, 2), np.array([[2], [0]], "int32"), f(2, 2)], {}
    yield "histogram~", [np.array([0.5, -1.5, 2.0, 1.9, 0.1], "float32"), 4], {}
    yield "histogram~", [np.array([0.5, -1.5, 2.0, 1.9, 0.1], "float32"), 3, [0, 2]], {}
    yield "histogram~", [np.array([1.0, 1.0], "float32")], {}
    yield "bincount~", [v], {}
    yield "bincount~", [v], {"minlength": 6}
    yield "isin~", [I, J], {"invert": True}
    yield "isin~", [I, J], {"assume_unique": True}
    yield "cross", [f(4, 3), f(3)], {}
    yield "cross", [f(3, 4), f(3, 4)], {"axis": 0}
    yield "cross", [f(3, 2, 4), f(2, 4, 3)], {"axisa": 0, "axisb": -1, "axisc": 1}
    yield "cross", [f(4, 2), f(4, 2)], {}
    yield "cross", [f(4, 3), f(4, 2)], {}
    yield "max", [f(2, 3)], {"axis": 1, "initial": 0.1}
    yield "min~", [I], {"initial": -7}
    yield "prod~", [I], {"axis": 0, "dtype": "float32"}
    labels = np.array([[1, 2, 2, 0], [3, 1, 0, 0], [2, 0, 0, 0]], "int32")
    yield "ctc_loss", [labels, f(3, 7, 5), np.array([3, 2, 1], "int32"), np.array([7, 5, 3], "int32")], {}
    yield "ctc_loss", [labels, f(3, 7, 5), np.array([3, 2, 1], "int32"), np.array([7, 6, 7], "int32"), 4], {}
    for options in ({}, {"merge_repeated": False}, {"mask_index": 3}, {"mask_index": None}):
        yield "ctc_decode~", [f(3, 6, 4), np.array([6, 4, 1], "int32")], options
    for options in ({}, {"beam_width": 3, "top_paths": 2}, {"top_paths": 4, "mask_index": 2}):
        yield "ctc_decode~", [f(3, 6, 4), np.array([6, 4, 1], "int32")], {"strategy": "beam_search", **options}
    for name, shape in (("depth_to_space", (1, 8, 2, 3)), ("space_to_depth", (1, 2, 4, 6))):
        yield name, [f(*shape), 2], {"data_format": "channels_first"}
    for name, shape in (("depth_to_space", (1, 2, 3, 8)), ("space_to_depth", (1, 4, 6, 2))):
        yield name, [f(*shape), 2], {}
    ones = np.array([[0, 2], [1, 1], [3, 7]], "int32")
    yield "polar", [pos(3), f(3)], {}
    yield "multi_hot~", [ones, 4], {}
    yield "multi_hot~", [ones, 4], {"axis": 1}
    yield "multi_hot~", [ones[0], 4], {"dtype": "int32"}
    yield "multi_hot~", [ones.reshape(1, 3, 2), 4], {}
    yield from forms()


def forms():
    """Arguments of other forms than usual: tensors for numbers, matrices for vectors, dtypes of few bits."""
    three = np.array(3, "int32")
    for name in "bartlett blackman hamming hanning".split():
        yield f"{name}~", [three], {}
    yield "kaiser~", [three, np.array(2.5, "float32")], {}
    yield "linspace~", [0.0, 2.0, three], {"endpoint": False}
    yield "geomspace~", [1.0, 8.0, three], {}
    yield "split~", [f(5, 2), np.array([1, 4], "int32")], {}
    yield "slice~", [I, np.array([0, 1], "int32"), np.array([2, 2], "int32")], {}
    yield "ones~", [3], {}
    for q in (np.array(0.3, "float32"), np.array([0.0, 0.5, 0.9], "float32")):
        for name in ("quantile", "nanquantile"):
            yield f"{name}~", [f(2, 5), q], {"axis": 1}
        for name in ("percentile", "nanpercentile"):
            yield f"{name}~", [f(2, 5), np.asarray(q * 100)], {"axis": [0, 1], "keepdims": True}
    rows = np.array([[1, 0, 3], [3, 3, 2]], "int32")
    yield "bincount~", [rows], {"minlength": 5}
    yield "bincount~", [rows], {"weights": np.array([[1, 2, 3], [4, 5, 6]], "int32")}
    yield "bincount~", [rows], {"weights": f(2, 3)}
    yield "trapezoid", [f(2, 3, 4)], {"x": f(2, 3, 4), "axis": 1}
    yield "trapezoid~", [np.array([True, True, False])], {}
    yield "diag~", [B[:3]], {}
    yield "diagflat~", [B.reshape(2, 2), 1], {}
    two = f(2, 2, 2) + 2 * np.eye(2, dtype="float32")
    yield "solve_triangular", [two, f(2, 2)], {"lower": True}
    yield "solve_triangular", [two, f(1, 2)], {}
    h = np.array([1.0, -2.5, 0.0, -0.0, 65504, 6e-8, INF, -INF], "float16")
    for kind in ("uint8", "int32", "float32"):
        yield "view~", [h, kind], {}
    yield "view~", [np.array([0, 60, 1, 0, 255, 123, 0, 124], "uint8"), "float16"], {}
    yield "view~", [I, "float16"], {}
    yield "nextafter~", [h[:6], np.array(1, "float16")], {}
    yield "moments~", [np.array([60000, 60000, -60000], "float16"), [0]], {}
    for kind in ("uint8", "int32", "bool"):
        image = np.array([0, 1, 3, 255, 200, 7]).astype(kind).reshape(1, 2, 3, 1)
        for interpolation in ("bilinear", "bicubic", "nearest"):
            yield "image.resize~", [image, [4, 4]], {"interpolation": interpolation}
    yield "image.map_coordinates", [f(4, 5), [between(0, 3, 6), between(0, 4, 6)], 1], {}
    yield "saturate_cast~", [np.array([INF, -70000, 2.5], "float32"), "float16"], {}
    yield "saturate_cast~", [np.array([300, -1, 7], "int32"), "uint8"], {}
    yield "unravel_index~", [np.array([0, 5, 11], "uint8"), [3, 4]], {}


def generate():
    write_cases("ops_numpy", cases())
