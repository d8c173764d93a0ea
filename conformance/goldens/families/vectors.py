"""Layers that change the numbers of any tensor: dense ones, norms, activations, noise, shapes, merging, statistics."""

import keras
import numpy as np
from keras import layers

from ..common import draw


def dense(rng):
    x, y = keras.Input((5,)), keras.Input((3, 4))
    outputs = [
        layers.Dense(
            4,
            activation=keras.activations.swish,
            kernel_regularizer=keras.regularizers.L1L2(0.01, 0.02),
            bias_regularizer="l2",
            activity_regularizer=keras.regularizers.OrthogonalRegularizer(0.1, mode="columns"),
            kernel_constraint=keras.constraints.MinMaxNorm(0.1, 2.0, axis=1),
            bias_constraint="unit_norm",
            kernel_initializer=keras.initializers.VarianceScaling(2.0, "fan_out", "uniform"),
            bias_initializer=keras.initializers.Constant(0.1),
        )(x),
        layers.Dense(2, use_bias=False, activation="softmax")(y),
        layers.EinsumDense("abc,cd->abd", output_shape=(3, 2), bias_axes="bd", activation="relu")(y),
        layers.EinsumDense("...x,xy->...y", output_shape=3)(y),
        layers.SpectralNormalization(layers.Dense(3, kernel_initializer="orthogonal"), power_iterations=2)(y),
        layers.Identity()(x),
    ]
    return keras.Model([x, y], outputs), [draw(rng, (3, 5)), draw(rng, (3, 3, 4))]


def normalization(rng):
    x, y = keras.Input((6,)), keras.Input((3, 4, 6))
    outputs = [
        layers.BatchNormalization(scale=False, momentum=0.8)(x),
        layers.BatchNormalization(axis=1, epsilon=0.1, gamma_regularizer="l2")(y),
        layers.BatchNormalization(center=False, synchronized=False)(y),
        layers.LayerNormalization(axis=[1, 3])(y),
        layers.LayerNormalization(center=False, epsilon=0.01)(x),
        layers.RMSNormalization()(x),
        layers.RMSNormalization(axis=[2, 3], epsilon=0.1)(y),
        layers.GroupNormalization(3)(y),
        layers.GroupNormalization(groups=-1, axis=2, scale=False)(y),
        layers.UnitNormalization(axis=[1, 2])(y),
        layers.SpectralNormalization(layers.Conv2D(2, 2))(y),
    ]
    return keras.Model([x, y], outputs), [draw(rng, (3, 6)), draw(rng, (3, 3, 4, 6))]


def activations(rng):
    x, y = keras.Input((4,)), keras.Input((3, 4, 2))
    outputs = [
        layers.ReLU(max_value=1.0, negative_slope=0.2, threshold=0.1)(x),
        layers.LeakyReLU(negative_slope=0.4)(x),
        layers.ELU(alpha=0.6)(x),
        layers.PReLU(shared_axes=[1, 2])(y),
        layers.PReLU(alpha_initializer="ones", alpha_regularizer="l1", alpha_constraint="non_neg")(x),
        layers.Softmax(axis=[1, 2])(y),
        *[
            layers.Activation(name)(x)
            for name in ["gelu", "mish", "hard_silu", "log_softmax", "softplus", "selu", "exponential", "glu", "celu"]
        ],
        layers.Dropout(0.4, noise_shape=(None, 1), seed=4)(x),
        layers.SpatialDropout2D(0.3)(y),
        layers.GaussianNoise(0.2)(x),
        layers.GaussianDropout(0.2)(x),
        layers.AlphaDropout(0.2)(x),
        layers.ActivityRegularization(0.1, 0.2)(x),
    ]
    return keras.Model([x, y], outputs), [draw(rng, (3, 4)), draw(rng, (3, 3, 4, 2))]


def shapes(rng):
    x, y, z = keras.Input((3, 4)), keras.Input((3, 4)), keras.Input((3, 2))
    outputs = [
        layers.Flatten()(x),
        layers.Reshape((2, -1))(x),
        layers.Permute((2, 1))(x),
        layers.RepeatVector(2)(layers.Flatten()(z)),
        layers.Add()([x, y, x]),
        layers.Subtract()([x, y]),
        layers.Multiply()([x, y]),
        layers.Average()([x, y]),
        layers.Maximum()([x, y]),
        layers.Minimum()([x, y]),
        layers.Concatenate()([x, z]),
        layers.Concatenate(axis=1)([x, y]),
        layers.Dot(axes=(2, 2))([x, y]),
        layers.Dot(axes=1, normalize=True)([x, z]),
    ]
    return keras.Model([x, y, z], outputs), [draw(rng, (3, 3, 4)), draw(rng, (3, 3, 4)), draw(rng, (3, 3, 2))]


def statistics(rng):
    """What layers learned by `adapt`, and what they were given. (`Discretization` needs TensorFlow to learn.)"""
    x, grid, kinds = keras.Input((3,)), keras.Input((2, 3)), keras.Input((2,), dtype="int32")
    data = draw(rng, (40, 3), 4)
    by_column, whole = layers.Normalization(), layers.Normalization(axis=None, invert=True)
    pairs = layers.Normalization(axis=(1, 2))
    # Built here, and not for as many rows as it learns from.
    by_column.build((None, 3))
    whole.build((None, 3))
    pairs.build((None, 2, 3))
    by_column.adapt(data)
    whole.adapt(data)
    pairs.adapt(draw(rng, (20, 2, 3)))
    outputs = [
        by_column(x),
        whole(x),
        pairs(grid),
        layers.Normalization(mean=[1.0, 2.0, 3.0], variance=[4.0, 1.0, 2.0])(x),
        layers.Discretization([-1.5, 0.0, 0.25, 3.0])(x),
        layers.Discretization([-1.0, 0.5, 2.0], output_mode="one_hot")(x[:, :1]),
        layers.CategoryEncoding(5, output_mode="multi_hot")(kinds),
        layers.CategoryEncoding(5, output_mode="count")(kinds),
        layers.CategoryEncoding(5, output_mode="one_hot")(kinds),
        layers.Rescaling(1 / 127.5, offset=-1)(x),
    ]
    inputs = [draw(rng, (4, 3), 3), draw(rng, (4, 2, 3)), rng.integers(0, 5, (4, 2)).astype(np.int32)]
    return keras.Model([x, grid, kinds], outputs), inputs


MODELS = [dense, normalization, activations, shapes, statistics]
