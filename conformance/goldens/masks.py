"""masks.json: the masks that layers give to their outputs, and outputs that depend on masks."""

import keras
import numpy as np
from keras import layers
from keras.src import backend

from .common import draw, random_of, same_config, tensor, write
from .layers import set_weights

SHAPE = (2, 4, 3)
FIRST = np.array([[1, 1, 0, 0], [1, 0, 1, 1]], bool)
SECOND = np.array([[0, 1, 1, 0], [1, 1, 1, 1]], bool)

ONE = [
    (layers.Dense, dict(units=2)),
    (layers.Activation, dict(activation="relu")),
    (layers.ReLU, {}),
    (layers.LeakyReLU, {}),
    (layers.ELU, {}),
    (layers.PReLU, {}),
    (layers.Dropout, dict(rate=0.5)),
    (layers.SpatialDropout1D, dict(rate=0.5)),
    (layers.GaussianNoise, dict(stddev=1.0)),
    (layers.GaussianDropout, dict(rate=0.5)),
    (layers.AlphaDropout, dict(rate=0.5)),
    (layers.ActivityRegularization, {}),
    (layers.BatchNormalization, {}),
    (layers.LayerNormalization, {}),
    (layers.GroupNormalization, dict(groups=1)),
    (layers.RMSNormalization, {}),
    (layers.UnitNormalization, {}),
    (layers.Identity, {}),
    (layers.Rescaling, dict(scale=2.0)),
    (layers.Masking, dict(mask_value=9.0)),
    (layers.Conv1D, dict(filters=2, kernel_size=1)),
    (layers.MaxPooling1D, dict(pool_size=2)),
    (layers.AveragePooling1D, dict(pool_size=2)),
    (layers.GlobalAveragePooling1D, {}),
    (layers.GlobalMaxPooling1D, {}),
    (layers.Flatten, {}),
    (layers.Reshape, dict(target_shape=(2, 6))),
    (layers.Permute, dict(dims=(2, 1))),
    (layers.UpSampling1D, {}),
    (layers.ZeroPadding1D, {}),
    (layers.Cropping1D, dict(cropping=1)),
    (layers.LSTM, dict(units=2)),
    (layers.GRU, dict(units=2, return_sequences=True)),
    (layers.Bidirectional, dict(layer=layers.SimpleRNN(2, return_sequences=True, name="rnn"))),
    (layers.TimeDistributed, dict(layer=layers.Dense(2, name="dense"))),
]

SEVERAL = [
    (layers.Add, {}),
    (layers.Average, {}),
    (layers.Multiply, {}),
    (layers.Maximum, {}),
    (layers.Minimum, {}),
    (layers.Subtract, {}),
    (layers.Concatenate, {}),
    (layers.Concatenate, dict(axis=1)),
    (layers.Dot, dict(axes=2)),
]


def masked(x, mask):
    x = keras.ops.convert_to_tensor(x)
    if mask is not None:
        backend.set_keras_mask(x, mask=keras.ops.convert_to_tensor(mask))
    return x


def run(cls, options, masks, name):
    keras.utils.clear_session()
    rng = random_of(name)
    arrays = [draw(rng, SHAPE) for _ in masks]
    layer = cls(**options)
    layer.build([SHAPE] * len(masks) if len(masks) > 1 else SHAPE)
    set_weights(rng, layer)
    inputs = [masked(x, m) for x, m in zip(arrays, masks)]
    output = layer(inputs if len(masks) > 1 else inputs[0])
    mask = backend.get_keras_mask(output)
    return {
        "name": name,
        "class_name": cls.__name__,
        "config": same_config(layer.get_config()),
        "inputs": [tensor(x) for x in arrays],
        "masks": [None if m is None else tensor(m) for m in masks],
        "weights": [tensor(v) for v in layer.weights if v.dtype == "float32"],
        "output": tensor(output),
        "output_mask": None if mask is None else tensor(np.asarray(mask)),
    }


def generate():
    made = [run(cls, options, [FIRST], f"{cls.__name__} mask") for cls, options in ONE]
    for cls, options in SEVERAL:
        for n, masks in enumerate(([FIRST, SECOND], [FIRST, None], [None, SECOND])):
            made.append(run(cls, options, masks, f"{cls.__name__} {options.get('axis', '')} masks {n}"))
    write("masks.json", made)
