"""ops_nn.json: convolutions, pooling, attention and their like, as functions."""

import numpy as np

from .ops_cases import B, I, INF, NAN, between, f, floats, g, ints, write_cases

FORMATS = ("channels_last", "channels_first")


def image(*shape, format="channels_last", n=0):
    """A picture [batch, spatial..., channels], or with the channels second."""
    x = f(*shape, n=n)
    return x if format == "channels_last" else np.moveaxis(x, -1, 1)


def convolutions():
    kernels = {1: (3, 2, 3), 2: (2, 3, 2, 2), 3: (2, 1, 2, 2, 2)}
    inputs = {1: (1, 7, 2), 2: (1, 4, 5, 2), 3: (1, 3, 3, 2, 2)}
    for rank, kernel in kernels.items():
        for format in FORMATS:
            x = image(*inputs[rank], format=format)
            yield "conv", [x, f(*kernel)], {"data_format": format}
            yield "conv", [x, f(*kernel)], {"strides": 2, "padding": "same", "data_format": format}
            yield "conv_transpose", [x, f(*kernel[:-2], 2, 2)], {"strides": 2, "data_format": format}
        x = image(*inputs[rank])
        yield "conv", [x, f(*kernel)], {"dilation_rate": 2, "padding": "same"}
        for padding in ("valid", "same"):
            yield "conv_transpose", [x, f(*kernel[:-2], 2, 2)], {"strides": 2, "padding": padding}
            yield "conv_transpose", [x, f(*kernel[:-2], 2, 2)], {"strides": 2, "padding": padding, "output_padding": 1}
    yield "conv", [f(1, 6, 5, 4), f(3, 2, 2, 6)], {"strides": [2, 1]}
    yield "conv_transpose", [f(1, 3, 4, 2), f(3, 2, 3, 2)], {"strides": [2, 3], "padding": "same"}
    yield "conv_transpose", [f(1, 3, 4, 2), f(2, 2, 3, 2)], {"dilation_rate": 2}
    for rank, shape in ((1, (1, 7, 2)), (2, (1, 4, 5, 2))):
        kernel = (3, 2, 2) if rank == 1 else (2, 3, 2, 2)
        for format in FORMATS:
            x = image(*shape, format=format)
            yield "depthwise_conv", [x, f(*kernel)], {"data_format": format}
            yield "depthwise_conv", [x, f(*kernel)], {"strides": 2, "padding": "same", "data_format": format}
            point = f(*[1] * rank, 4, 3)
            yield "separable_conv", [x, f(*kernel), point], {"data_format": format}
        x = image(*shape)
        yield "depthwise_conv", [x, f(*kernel)], {"dilation_rate": 2}
        yield "separable_conv", [x, f(*kernel), point], {"strides": 2, "padding": "same"}
        yield "separable_conv", [x, f(*kernel), point], {"dilation_rate": 2}


def pooling():
    for shape, size in (((1, 7, 2), 3), ((1, 8, 2), 3), ((2, 5, 2), 5), ((1, 5, 4, 2), [2, 3]), ((1, 3, 4, 2, 1), 2)):
        for name in ("adaptive_average_pool", "adaptive_max_pool"):
            for format in FORMATS:
                yield name, [image(*shape, format=format), size], {"data_format": format}
    for name in ("average_pool", "max_pool"):
        for padding in ("valid", "same"):
            yield name, [f(1, 7, 2), 3], {"strides": 2, "padding": padding}
            yield name, [f(1, 4, 5, 2), [2, 3]], {"strides": [1, 2], "padding": padding}
            yield name, [f(1, 3, 3, 2, 1), 2], {"strides": 1, "padding": padding}
        yield name, [image(1, 4, 5, 2, format="channels_first"), 2], {"strides": 2, "data_format": "channels_first"}
        yield name + "~", [floats(1, NAN, 2, INF, -INF, 3).reshape(1, 6, 1), 2], {"strides": 2}
    yield "max_pool", [floats(1, 1, 1, 2, 2, 0).reshape(1, 6, 1), 3], {"strides": 3}


def attention():
    q, k, v = f(2, 3, 2, 3), g(2, 4, 2, 3), f(2, 4, 2, 3, n=2)
    options = [
        {},
        {"scale": 0.3},
        {"bias": f(2, 2, 3, 4)},
        {"bias": f(1, 1, 3, 4)},
        {"mask": f(2, 2, 3, 4) > -0.5},
        {"mask": f(1, 1, 3, 4) > 0.5},
        {"mask": np.zeros((1, 1, 3, 4), bool)},
        {"attn_logits_soft_cap": 0.8},
        {"bias": f(2, 2, 3, 4), "mask": f(2, 2, 3, 4) > 0, "scale": 2.0},
    ]
    for option in options:
        yield "dot_product_attention?", [q, k, v], option
    square = [f(1, 4, 2, 3), g(1, 4, 2, 3), f(1, 4, 2, 3, n=2)]
    yield "dot_product_attention", square, {"is_causal": True}
    yield "dot_product_attention", square, {"is_causal": True, "mask": f(1, 2, 4, 4) > -0.5}
    shared = [f(1, 3, 4, 2), g(1, 4, 2, 2), f(1, 4, 2, 2, n=2)]
    yield "dot_product_attention", shared, {}
    yield "dot_product_attention", shared, {"mask": f(1, 4, 3, 4) > -0.5}
    for queries, keys in ((1, 1), (17, 16), (2, 33)):
        yield "dot_product_attention~", [f(1, queries, 1, 3), g(1, keys, 1, 3), f(1, keys, 1, 3, n=2)], {}
    yield "dot_product_attention?~", [f(1, 0, 1, 3), g(1, 2, 1, 3), f(1, 2, 1, 3, n=2)], {}
    yield "dot_product_attention?~", [f(1, 2, 1, 3), g(1, 0, 1, 3), f(1, 0, 1, 3, n=2)], {}


def normalisation():
    for shape, axis in (((4, 3), -1), ((2, 3, 4), 1)):
        size = shape[axis]
        x, average, spread = f(*shape), f(size), between(0.2, 2, size)
        yield "batch_normalization", [x, average, spread, axis], {}
        more = {"offset": f(size, n=2), "scale": g(size), "epsilon": 0.1}
        yield "batch_normalization", [x, average, spread, axis], more
    yield "layer_normalization", [f(3, 5)], {}
    yield "layer_normalization", [f(3, 5)], {"gamma": f(5), "beta": g(5), "epsilon": 0.1}
    yield "rms_normalization", [f(3, 5)], {}
    yield "rms_normalization", [f(3, 5)], {"scale": f(5), "epsilon": 0.1}
    for axis in (-1, 0, [0, 1]):
        for name in ("softmax", "log_softmax"):
            yield name, [f(3, 4), axis], {}
    for name in ("softmax", "log_softmax", "logsumexp"):
        yield name + "~", [np.array([[INF, 1, 2], [-INF, 1, 2], [NAN, 1, 2], [-INF, -INF, -INF], [INF, INF, 0], [1e30, 1e30, 0]], "float32"), -1], {}
        for length in (1, 15, 16, 17, 33):
            yield name + "~", [f(2, length), -1], {}


def losses():
    p, t = between(0, 1, 3, 4), between(0, 1, 3, 4)
    p = p / p.sum(-1, keepdims=True)
    classes = ints(0, 3, 1)
    for logits in (False, True):
        scores = f(3, 4) if logits else p
        yield "binary_crossentropy", [(t > 0.5).astype("float32"), scores], {"from_logits": logits}
        yield "categorical_crossentropy", [t, scores], {"from_logits": logits}
        yield "categorical_crossentropy", [t.T, scores.T], {"from_logits": logits, "axis": 0}
        yield "sparse_categorical_crossentropy", [classes, scores], {"from_logits": logits}
        yield "sparse_categorical_crossentropy~", [ints(0, 4, -1), scores], {"from_logits": logits}
    yield "binary_crossentropy~", [floats(0, 1, 0, 1), floats(0, 1, 1, 0)], {}
    yield "binary_crossentropy~", [floats(0, 1, 0, 1), floats(-INF, INF, 100, -100)], {"from_logits": True}


def cases():
    yield from convolutions()
    yield from pooling()
    yield from attention()
    yield from normalisation()
    yield from losses()


def generate():
    write_cases("ops_nn", cases())
