"""Layers with additions of low rank: their files hold the sums."""

import keras
import numpy as np
from keras import layers

from ..common import draw


def low_rank(rng):
    x, y, z = keras.Input((5,)), keras.Input((4, 5, 2)), keras.Input((4,), dtype="int32")
    # Dense would forget its alpha when the file is opened, and a ReversibleEmbedding with two matrices could not be.
    late = layers.EinsumDense("ab,bc->ac", output_shape=3, activation="tanh", name="late")
    vectors = layers.ReversibleEmbedding(7, 3, name="vectors")
    outputs = [
        layers.Dense(4, lora_rank=2, kernel_regularizer="l2")(x),
        layers.EinsumDense("abcd,cde->abe", output_shape=(4, 6), bias_axes="e", lora_rank=2, lora_alpha=3)(y),
        layers.Conv2D(4, 3, groups=2, use_bias=False, lora_rank=1)(y),
        layers.Embedding(7, 3, lora_rank=2)(z),
        late(x),
        vectors(vectors(z), reverse=True),
    ]
    late.enable_lora(2, lora_alpha=5)
    vectors.enable_lora(1)
    inputs = [draw(rng, (3, 5)), draw(rng, (3, 4, 5, 2)), rng.integers(0, 7, (3, 4)).astype(np.int32)]
    return keras.Model([x, y, z], outputs), inputs


MODELS = [low_rank]
