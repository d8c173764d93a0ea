"""Models in models, shared layers, operations between layers, records of inputs and outputs."""

import keras
from keras import layers, ops

from ..common import draw


def nested_models(rng):
    """Three deep, with a Sequential in the middle, and one of them in two places."""
    a = keras.Input((4,), name="a")
    core = keras.Model(a, [layers.Dense(3, activation="tanh")(a), ops.sum(a, axis=1, keepdims=True)], name="core")
    b = keras.Input((4,), name="b")
    left, total = core(layers.Dense(4)(b))
    right, _ = core(b)
    middle = keras.Model(b, layers.Concatenate()([left, right, total]), name="middle")
    tail = keras.Sequential([layers.Dense(5), layers.BatchNormalization(), layers.ReLU()], name="tail")
    x = keras.Input((4,), name="x")
    y = tail(middle(x))
    steps = keras.Input((3, 4), name="steps")
    outputs = [y, layers.Dense(2)(middle(y[:, :4])), layers.TimeDistributed(middle)(steps)]
    return keras.Model([x, steps], outputs), [draw(rng, (3, 4)), draw(rng, (3, 3, 4))]


def shared_layers(rng):
    """Layers called several times, on inputs at different depths."""
    x, y = keras.Input((4,), name="x"), keras.Input((4,), name="y")
    dense, norm, lstm = layers.Dense(4, activation="relu"), layers.BatchNormalization(), layers.LSTM(3)
    deep = dense(norm(dense(x)))
    shallow = norm(y)
    sequence = layers.Reshape((2, 2))
    outputs = [
        layers.Add()([deep, shallow]),
        dense(shallow),
        lstm(sequence(deep)),
        lstm(sequence(y), initial_state=[deep[:, :3], shallow[:, 1:]]),
        layers.Dense(2)(layers.Concatenate()([deep, y])),
    ]
    return keras.Model([x, y], outputs), [draw(rng, (3, 4)), draw(rng, (3, 4))]


def operations_between(rng):
    x, y = keras.Input((4,), name="x"), keras.Input((4,), name="y")
    h = layers.Dense(4)(x) * 2.0 + y
    gate = ops.sigmoid(layers.Dense(4)(y - 1.0))
    mixed = gate * h + (1.0 - gate) * x
    parts = ops.split(mixed, 2, axis=-1)
    outputs = [
        mixed,
        layers.Dense(2)(ops.concatenate([ops.abs(parts[0]), ops.maximum(parts[1], 0.1)], axis=-1)),
        ops.einsum("bi,bj->bij", parts[0], parts[1]),
        ops.where(ops.greater(h, 0.0), h, ops.exp(h) - 1.0),
        layers.LSTM(2)(ops.stack([x, y, mixed], axis=1)),
        ops.matmul(ops.reshape(mixed, (-1, 2, 2)), ops.transpose(ops.reshape(h, (-1, 2, 2)), (0, 2, 1))),
        ops.mean(mixed[:, 1:], axis=-1),
        ops.logsumexp(mixed / 3.0, axis=1),
    ]
    return keras.Model([x, y], outputs), [draw(rng, (3, 4)), draw(rng, (3, 4))]


def deep_and_shallow(rng):
    """Branches of other depths than the order in which they were made: the order of the weights in the file."""
    x, y = keras.Input((3,), name="x"), keras.Input((3,), name="y")
    short = layers.Dense(3)(x)
    long = layers.Dense(3)(layers.Dense(3)(layers.Dense(3)(y)))
    outputs = [layers.Dense(3)(short), layers.Subtract()([long, layers.Dense(3)(layers.Masking(9.0)(y))])]
    return keras.Model([x, y], outputs), [draw(rng, (3, 3)), draw(rng, (3, 3))]


MODELS = [nested_models, shared_layers, operations_between, deep_and_shallow]
