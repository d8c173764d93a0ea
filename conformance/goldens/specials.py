"""specials.json: layers/*.json for inputs with NaN, infinities and -0."""

import numpy as np

from . import layers
from .common import write
from .layer_cases.case import case

NAN, INF = float("nan"), float("inf")
ROWS = [
    [1, NAN, -2, 0.5],
    [INF, 1, -1, 2],
    [-INF, 1, 3, -0.0],
    [INF, -INF, 0.5, 1],
    [-INF, -INF, -INF, -INF],
    [0.5, -1, 2, 0.25],
]
# Their derivative at NaN, or where several are the largest, is anybody's choice, or (the last one) lost in rounding.
NO_GRADIENTS = ("ReLU", "sparsemax", "Max", "GroupNormalization")

TABLE = [
    *[
        (case(layer, (6, 4), **options), ROWS)
        for layer, options in [
            ("ReLU", {}),
            ("ReLU", {"max_value": 1.0, "negative_slope": 0.5, "threshold": 0.25}),
            ("LeakyReLU", {}),
            ("ELU", {}),
            ("PReLU", {}),
            ("Softmax", {}),
            ("Softmax", {"mask": [[1, 0, 1, 1], [0, 1, 1, 1], [1, 1, 0, 1], [0, 0, 1, 1], [1, 1, 1, 0], [0, 0, 0, 0]]}),
            ("Activation", {"activation": "log_softmax"}),
            ("Activation", {"activation": "sparsemax"}),
            ("Activation", {"activation": "glu"}),
            ("Dense", {"units": 2}),
            ("LayerNormalization", {}),
            ("LayerNormalization", {"rms_scaling": True}),
            ("RMSNormalization", {}),
            ("UnitNormalization", {}),
            ("GroupNormalization", {"groups": 2}),
            ("BatchNormalization", {}),
            ("BatchNormalization", {"training": True}),
            ("BatchNormalization", {"training": True, "renorm": True}),
            ("Dropout", {"rate": 0.0, "training": True}),
            ("Rescaling", {"scale": 0.0, "offset": 1.0}),
        ]
    ],
    (case("BatchNormalization", (2, 3, 4), training=True, mask=[[0, 0, 0], [0, 0, 1]]), ROWS),
    *[
        (case(layer, (1, 6, 4), **options), ROWS)
        for layer, options in [
            ("MaxPooling1D", {"pool_size": 2}),
            ("MaxPooling1D", {"pool_size": 3, "strides": 1, "padding": "same"}),
            ("AveragePooling1D", {"pool_size": 2}),
            ("AveragePooling1D", {"pool_size": 3, "strides": 1, "padding": "same"}),
            ("GlobalMaxPooling1D", {}),
            ("GlobalAveragePooling1D", {}),
            ("GlobalAveragePooling1D", {"mask": [[0, 1, 0, 0, 0, 1]]}),
            ("AdaptiveMaxPooling1D", {"output_size": 4}),
            ("AdaptiveAveragePooling1D", {"output_size": 4}),
            ("Conv1D", {"filters": 2, "kernel_size": 2}),
            ("Conv1D", {"filters": 2, "kernel_size": 2, "padding": "causal"}),
            ("Conv1DTranspose", {"filters": 2, "kernel_size": 2, "strides": 2}),
            ("DepthwiseConv1D", {"kernel_size": 2, "padding": "same"}),
            ("SeparableConv1D", {"filters": 2, "kernel_size": 2}),
            ("UpSampling1D", {}),
        ]
    ],
    *[
        (case(layer, (1, 6, 4, 1), **options), ROWS)
        for layer, options in [
            ("MaxPooling2D", {"pool_size": 2}),
            ("AveragePooling2D", {"pool_size": 2, "padding": "same", "strides": 1}),
            ("GlobalMaxPooling2D", {}),
            ("Conv2D", {"filters": 2, "kernel_size": 2, "padding": "same"}),
            ("Conv2D", {"filters": 1, "kernel_size": 3}),
        ]
    ],
    *[
        (case(layer, (6, 4), (6, 4), merge=True, **options), ROWS, ROWS[::-1])
        for layer, options in [
            ("Add", {}),
            ("Subtract", {}),
            ("Multiply", {}),
            ("Average", {}),
            ("Maximum", {}),
            ("Minimum", {}),
            ("Dot", {"axes": 1}),
            ("Dot", {"axes": 1, "normalize": True}),
            ("Concatenate", {}),
        ]
    ],
]


def generate():
    cases = []
    for one, *inputs in TABLE:
        one.given = [np.array(x, "float32").reshape(shape) for x, shape in zip(inputs, one.shapes)]
        result = layers.run(one, f"{one.layer} special {len(cases)}")
        if any(name in f"{one.layer} {one.options.get('activation')}" for name in NO_GRADIENTS):
            result |= {"output_gradient": None, "weight_gradients": [], "input_gradients": []}
        cases.append(result)
    write("specials.json", cases)
