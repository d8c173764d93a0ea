"""Recurrent layers with one output; recurrent.py has those with states."""

import keras
from keras import layers

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


def stack():
    return layers.StackedRNNCells([layers.LSTMCell(3, name="lstm"), layers.GRUCell(2, name="gru")], name="stack")


def wrapper(name, shape, layer, **options):
    made = case(name, shape, **options)
    made.options["layer"] = layer
    return made


CASES = [
    *family("LSTM", 5, recurrent_activation="hard_sigmoid", unit_forget_bias=False),
    *family("GRU", 5, recurrent_activation="hard_sigmoid"),
    case("GRU", (3, 5, 4), units=3, reset_after=False),
    case("GRU", (2, 4, 3), units=5, reset_after=False, return_sequences=True, use_bias=False),
    case("GRU", (4, 5, 2), units=3, mask=MASK, reset_after=False, go_backwards=True, return_sequences=True),
    *family("SimpleRNN", 9),
    case("RNN", (2, 3, 4), cell=layers.LSTMCell(3, name="cell"), return_sequences=True),
    case("RNN", (2, 3, 4), cell=layers.GRUCell(3, name="cell", reset_after=False), go_backwards=True),
    case("RNN", (4, 5, 2), cell=stack(), mask=MASK, return_sequences=True),
    case("RNN", (4, 5, 2), cell=stack(), mask=MASK, return_sequences=True, go_backwards=True, zero_output_for_mask=True),
    case("RNN", (2, 3, 4), cell=[layers.SimpleRNNCell(4, name="a"), layers.SimpleRNNCell(2, name="b")]),
    *[
        wrapper("Bidirectional", (2, 4, 3), layer=layers.LSTM(2, return_sequences=True, name="lstm"), merge_mode=mode)
        for mode in ("concat", "sum", "mul", "ave")
    ],
    wrapper("Bidirectional", (2, 4, 3), layer=layers.GRU(2, name="gru")),
    wrapper("Bidirectional", (4, 5, 2), layer=layers.GRU(2, name="gru"), mask=MASK),
    wrapper("Bidirectional", (4, 5, 2), layer=layers.LSTM(2, return_sequences=True, name="lstm"), mask=MASK),
    wrapper("Bidirectional", (2, 4, 3), layer=layers.SimpleRNN(2, go_backwards=True, name="rnn"), merge_mode="sum",
         backward_layer=layers.LSTM(2, activation="relu", name="other")),
    wrapper("Bidirectional", (2, 4, 3), layer=layers.RNN(layers.GRUCell(2, name="cell"), name="rnn")),
    wrapper("TimeDistributed", (2, 3, 4), layer=layers.Dense(2, name="dense")),
    wrapper("TimeDistributed", (2, 3, 5, 4, 1), layer=layers.Conv2D(2, 3, name="conv2d")),
    wrapper("TimeDistributed", (3, 2, 4), layer=layers.BatchNormalization(name="norm"), training=True),
    wrapper("TimeDistributed", (3, 2, 4), layer=layers.BatchNormalization(name="norm")),
    wrapper("TimeDistributed", (2, 3, 4), layer=layers.BatchNormalization(name="norm"), training=True,
         mask=[[1, 1, 0], [1, 0, 1]]),
    wrapper("TimeDistributed", (2, 2, 3, 2), layer=layers.LSTM(2, name="lstm")),
    case("ConvLSTM1D", (2, 3, 6, 2), filters=2, kernel_size=3),
    case("ConvLSTM1D", (2, 3, 6, 2), filters=2, kernel_size=2, dilation_rate=2, padding="same", return_sequences=True),
    case("ConvLSTM1D", (2, 2, 2, 5), filters=2, kernel_size=2, data_format="channels_first", go_backwards=True),
    case("ConvLSTM2D", (2, 3, 5, 4, 1), filters=2, kernel_size=[3, 2], strides=2, padding="same"),
    case("ConvLSTM2D", (1, 3, 4, 4, 2), filters=1, kernel_size=2, return_sequences=True, activation="relu",
         unit_forget_bias=False, recurrent_activation="hard_sigmoid"),
    case("ConvLSTM2D", (1, 2, 2, 4, 3), filters=2, kernel_size=2, data_format="channels_first", use_bias=False),
    case("ConvLSTM3D", (1, 2, 3, 3, 4, 1), filters=1, kernel_size=2, dropout=0.2, recurrent_dropout=0.2),
    case("ConvLSTM1D", (1, 1, 4, 1), filters=1, kernel_size=4, strides=3, padding="same", use_bias=False),
    case("ConvLSTM2D", (2, 2, 3, 1, 2), filters=2, kernel_size=[3, 1], go_backwards=True, return_sequences=True),
    case("ConvLSTM3D", (1, 2, 2, 3, 2, 1), filters=2, kernel_size=[2, 1, 2], padding="same", activation="relu"),
    case("ConvLSTM3D", (1, 1, 1, 2, 2, 3), filters=1, kernel_size=2, data_format="channels_first", return_sequences=True),
    case("LSTM", (1, 1, 1), units=1),
    case("GRU", (1, 1, 1), units=1, return_sequences=True),
    case("SimpleRNN", (0, 3, 2), units=2),
    case("SimpleRNN", (2, 3, 17), units=16, activation="sigmoid", activity_regularizer="l1"),
    wrapper("TimeDistributed", (1, 1, 3), layer=layers.LayerNormalization(name="norm")),
    wrapper("Bidirectional", (1, 1, 2), layer=layers.GRU(1, reset_after=False, name="gru"), merge_mode="mul"),
]
