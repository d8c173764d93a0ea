"""Recurrent layers with one output; recurrent.py has those with states."""

import keras

from .case import case

# Steps that do not count in the middle, at the end, at the beginning, and none that does.
MASK = [[1, 1, 0, 1, 1], [1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 0, 0, 0]]


def family(layer, wide, **some):
    return [
        case(layer, (3, 5, 4), units=3),
        case(layer, (2, 4, 3), units=wide, return_sequences=True),
        case(layer, (2, 4, 3), units=4, go_backwards=True, return_sequences=True, use_bias=False),
        case(layer, (2, 1, 3), units=2, activation="relu", go_backwards=True),
        case(layer, (4, 5, 2), units=3, mask=MASK),
        case(layer, (4, 5, 2), units=3, mask=MASK, return_sequences=True),
        case(layer, (4, 5, 2), units=3, mask=MASK, return_sequences=True, go_backwards=True),
        case(layer, (4, 5, 2), units=3, mask=MASK, return_sequences=True, zero_output_for_mask=True),
        case(layer, (4, 5, 2), units=3, mask=MASK, zero_output_for_mask=True),
        case(layer, (4, 5, 2), units=3, mask=MASK, unroll=True, return_sequences=True),
        case(layer, (2, 4, 3), units=2, dropout=0.5, recurrent_dropout=0.25, seed=3),
        case(
            layer,
            (2, 3, 2),
            units=3,
            kernel_initializer="he_normal",
            recurrent_initializer="glorot_uniform",
            bias_initializer="ones",
            kernel_regularizer=keras.regularizers.L2(0.01),
            recurrent_regularizer=keras.regularizers.L1(0.02),
            recurrent_constraint="max_norm",
            **some,
        ),
    ]


CASES = [
    *family("LSTM", 9, recurrent_activation="hard_sigmoid", unit_forget_bias=False),
    *family("GRU", 6, recurrent_activation="hard_sigmoid"),
    case("GRU", (3, 5, 4), units=3, reset_after=False),
    case("GRU", (2, 4, 3), units=5, reset_after=False, return_sequences=True, use_bias=False),
    case("GRU", (4, 5, 2), units=3, mask=MASK, reset_after=False, go_backwards=True, return_sequences=True),
    *family("SimpleRNN", 17),
]
