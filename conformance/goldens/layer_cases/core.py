"""Dense, Embedding, activation layers, and layers that do nothing in inference."""

import keras

from .case import case

ACTIVATION_IDS = sorted(f.__name__ for f in keras.src.activations.ALL_OBJECTS if f.__name__ != "threshold")

CASES = [
    case("Dense", (3, 4), units=5),
    case("Dense", (3, 4), units=5, use_bias=False),
    case("Dense", (2, 3, 4), units=5, activation="relu"),
    case("Dense", (5, 17), units=3, activation="softmax"),
    case("Dense", (2, 2, 2, 3), units=2, activation="gelu"),
    case(
        "Dense",
        (3, 2),
        units=16,
        activation="tanh",
        kernel_initializer="he_normal",
        kernel_regularizer=keras.regularizers.L2(0.01),
        bias_constraint="non_neg",
    ),
    case("Embedding", (2, 5), input_dim=7, output_dim=3, below=7),
    case("Embedding", (4,), input_dim=3, output_dim=4, below=3),
    case("Embedding", (2, 6), input_dim=4, output_dim=2, mask_zero=True, below=4),
    *[case("Activation", (3, 6), activation=name) for name in ACTIVATION_IDS],
    case("ReLU", (4, 6)),
    case("ReLU", (4, 6), max_value=1.0),
    case("ReLU", (4, 6), negative_slope=0.2, threshold=0.4),
    case("ReLU", (4, 6), max_value=1.2, negative_slope=0.1, threshold=0.3),
    case("LeakyReLU", (4, 6)),
    case("LeakyReLU", (4, 6), negative_slope=0.05),
    case("ELU", (4, 6)),
    case("ELU", (4, 6), alpha=0.4),
    case("PReLU", (4, 6)),
    case("PReLU", (2, 3, 4, 2), shared_axes=[1, 2]),
    case("PReLU", (2, 3, 4), shared_axes=[1]),
    case("Softmax", (4, 6)),
    case("Softmax", (2, 3, 4), axis=1),
    case("Softmax", (2, 3, 4), axis=[1, 2]),
    case("Softmax", (2, 4), mask=[[1, 0, 1, 1], [1, 1, 0, 0]]),
    case("Dropout", (3, 4), rate=0.5),
    case("GaussianNoise", (3, 4), stddev=0.5),
    case("GaussianDropout", (3, 4), rate=0.5),
    case("AlphaDropout", (3, 4), rate=0.5),
    case("SpatialDropout1D", (2, 3, 4), rate=0.5),
    case("SpatialDropout2D", (2, 2, 3, 4), rate=0.5),
    case("SpatialDropout3D", (2, 2, 2, 2, 3), rate=0.5),
    case("Dropout", (3, 4), rate=0.0, training=True),
    case("Identity", (3, 4)),
    case("Rescaling", (3, 4), scale=1 / 255),
    case("Rescaling", (3, 4), scale=2.0, offset=-1.0),
    case("Rescaling", (2, 2, 3), scale=[0.5, 1.0, 2.0], offset=[0.1, 0.2, 0.3]),
    case("UnitNormalization", (3, 4)),
    case("UnitNormalization", (2, 3, 4), axis=[1, 2]),
]
