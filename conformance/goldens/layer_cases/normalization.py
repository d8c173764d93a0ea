"""Normalisations."""

import keras

from .case import case

CASES = [
    *[
        case("BatchNormalization", shape, training=training, **options)
        for training in (False, True)
        for shape, options in [
            ((5, 4), {}),
            ((2, 3, 3, 2), {"momentum": 0.9, "epsilon": 1e-5}),
            ((2, 3, 4), {"scale": False}),
            ((4, 3), {"center": False}),
            ((4, 3), {"center": False, "scale": False, "epsilon": 0.1}),
            ((2, 3, 4), {"axis": 1}),
        ]
    ],
    case("BatchNormalization", (2, 3, 4), training=True, mask=[[1, 1, 0], [1, 0, 0]]),
    case("LayerNormalization", (3, 5)),
    case("LayerNormalization", (2, 3, 4), axis=1),
    case("LayerNormalization", (2, 3, 4), axis=[1, 2], epsilon=1e-5),
    case("LayerNormalization", (3, 5), scale=False),
    case("LayerNormalization", (3, 5), center=False, scale=False),
    case("LayerNormalization", (2, 2, 3, 17), axis=-1, center=False),
    case("RMSNormalization", (3, 5)),
    case("RMSNormalization", (2, 3, 4), epsilon=1e-3),
    case("RMSNormalization", (2, 3, 4), axis=[1, 2]),
    case("GroupNormalization", (2, 3, 6), groups=3),
    case("GroupNormalization", (2, 2, 3, 4), groups=-1),
    case("GroupNormalization", (2, 4, 3), groups=2, axis=1, scale=False, center=False),
    *[
        case("SpectralNormalization", shape, training=training, layer=make(), **more)
        for training in (False, True)
        for make, shape, more in [
            (lambda: keras.layers.Dense(3), (4, 5), {}),
            (lambda: keras.layers.Dense(4, use_bias=False, activation="tanh"), (2, 3, 3), {"power_iterations": 3}),
            (lambda: keras.layers.Conv2D(3, 2), (1, 4, 3, 2), {"power_iterations": 2}),
        ]
    ],
    case("BatchNormalization", (2, 4, 3), training=True, mask=[[1, 1, 0, 0], [1, 0, 1, 1]]),
    case("BatchNormalization", (5, 1, 3), training=True, momentum=0.0),
    case("BatchNormalization", (1, 3), training=True, epsilon=0.01),
    case("BatchNormalization", (2, 3, 2, 4), training=True, axis=2, beta_initializer="ones", gamma_regularizer="l2"),
    case("LayerNormalization", (2, 1)),
    case("LayerNormalization", (2, 3, 4), axis=[2, 1], epsilon=0.1, center=False),
    case("LayerNormalization", (0, 4)),
    case("RMSNormalization", (2, 33)),
    case("GroupNormalization", (2, 6), groups=1, epsilon=0.1),
    case("GroupNormalization", (1, 6, 2, 2), groups=6, axis=1),
    case("GroupNormalization", (2, 3, 8), groups=4, center=False),
]
