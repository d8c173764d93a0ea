"""Layers along time: recurrent ones, their wrappers, attention, sound, words and their masks."""

import keras
import numpy as np
from keras import layers

from ..common import draw

STEPS = (5, 3)


def padded(rng, words, shape):
    ids = rng.integers(1, words, shape).astype(np.int32)
    return np.where(np.arange(shape[1]) < rng.integers(1, shape[1] + 1, (shape[0], 1)), ids, 0).astype(np.int32)


def recurrent(rng):
    x = keras.Input(STEPS)
    masked = layers.Masking(0.0)(x)
    stack = layers.StackedRNNCells([layers.LSTMCell(2), layers.GRUCell(3, reset_after=False)])
    outputs = [
        layers.SimpleRNN(3, activation="relu", return_sequences=True)(x),
        layers.GRU(2, go_backwards=True, reset_after=False)(x),
        layers.GRU(2, return_sequences=True, recurrent_activation="hard_sigmoid")(masked),
        layers.LSTM(3, use_bias=False, zero_output_for_mask=True, return_sequences=True)(masked),
        *layers.LSTM(2, return_state=True, unroll=True)(masked),
        layers.RNN(stack, return_sequences=True)(masked),
        layers.RNN([layers.SimpleRNNCell(2), layers.SimpleRNNCell(3)], go_backwards=True)(x),
    ]
    values = draw(rng, (3, *STEPS))
    values[0, 3:] = 0
    values[2, 1] = 0
    return keras.Model(x, outputs), [values]


def bidirectional(rng):
    x = keras.Input(STEPS)
    masked = layers.Masking(0.0)(x)
    both = [
        layers.Bidirectional(layers.GRU(2, return_sequences=True), merge_mode=mode)(masked)
        for mode in ("concat", "sum", "mul", "ave", None)
    ]
    other = layers.LSTM(2, go_backwards=True, activation="relu")
    outputs = [
        *keras.tree.flatten(both),
        layers.Bidirectional(layers.LSTM(2), backward_layer=other, merge_mode="sum")(x),
        *layers.Bidirectional(layers.LSTM(2, return_state=True))(x),
        layers.Bidirectional(layers.RNN(layers.GRUCell(2)))(x),
    ]
    values = draw(rng, (3, *STEPS))
    values[1, 2:] = 0
    return keras.Model(x, outputs), [values]


def time_distributed(rng):
    x, pictures = keras.Input(STEPS), keras.Input((2, 5, 4, 1))
    inner = keras.Sequential([layers.Input((3,)), layers.Dense(2), layers.BatchNormalization()], name="inner")
    outputs = [
        layers.TimeDistributed(layers.Dense(2, activation="tanh"))(layers.Masking(0.0)(x)),
        layers.TimeDistributed(layers.LayerNormalization())(x),
        layers.TimeDistributed(inner)(x),
        layers.TimeDistributed(layers.Conv2D(2, 3, padding="same"))(pictures),
        layers.TimeDistributed(layers.Flatten())(pictures),
        layers.TimeDistributed(layers.TimeDistributed(layers.MaxPooling1D(2)))(pictures),
    ]
    return keras.Model([x, pictures], outputs), [draw(rng, (2, *STEPS)), draw(rng, (2, 2, 5, 4, 1))]


def convolution_lstm(rng):
    line, plane, space = keras.Input((3, 6, 2)), keras.Input((3, 4, 5, 1)), keras.Input((2, 2, 3, 3, 1))
    outputs = [
        layers.ConvLSTM1D(2, 3, padding="same", dilation_rate=2, return_sequences=True)(line),
        layers.ConvLSTM1D(1, 2, strides=2, go_backwards=True)(line),
        layers.ConvLSTM2D(2, [2, 3], recurrent_activation="hard_sigmoid")(plane),
        *layers.ConvLSTM2D(1, 2, return_state=True, use_bias=False)(plane),
        layers.Bidirectional(layers.ConvLSTM2D(1, 2, padding="same"))(plane),
        layers.ConvLSTM3D(1, 2)(space),
    ]
    inputs = [draw(rng, (2, 3, 6, 2)), draw(rng, (2, 3, 4, 5, 1)), draw(rng, (2, 2, 2, 3, 3, 1))]
    return keras.Model([line, plane, space], outputs), inputs


def attention(rng):
    x, memory, allowed = keras.Input((4, 6)), keras.Input((None, 6)), keras.Input((4, 5), dtype="bool")
    outputs = [
        layers.MultiHeadAttention(2, 3, output_shape=5)(x, memory),
        layers.MultiHeadAttention(3, 2, use_bias=False)(x, x, use_causal_mask=True),
        layers.MultiHeadAttention(2, 2)(x, memory, attention_mask=allowed),
        layers.GroupQueryAttention(2, 4, 2)(x, memory, memory),
        layers.Attention(use_scale=True, score_mode="concat")([x, memory]),
        layers.Attention()([x, memory, memory]),
        layers.AdditiveAttention(use_scale=False)([x, memory]),
    ]
    inputs = [draw(rng, (2, 4, 6)), draw(rng, (2, 5, 6)), rng.integers(0, 3, (2, 4, 5)) > 0]
    return keras.Model([x, memory, allowed], outputs), inputs


def words(rng):
    ids, other = keras.Input((6,), dtype="int32"), keras.Input((6,), dtype="int32")
    a = layers.Embedding(9, 4, mask_zero=True)(ids)
    b = layers.Embedding(7, 4, mask_zero=True)(other)
    both = layers.Concatenate()([a, b])
    tied = layers.ReversibleEmbedding(8, 3)
    outputs = [
        layers.BatchNormalization()(a),
        layers.Dense(2)(layers.Dropout(0.3)(both)),
        layers.GlobalAveragePooling1D()(both),
        layers.LSTM(3)(layers.Add()([a, b])),
        layers.GRU(2)(layers.Multiply()([a, layers.Embedding(9, 4)(ids)])),
        layers.MultiHeadAttention(2, 2)(a, b),
        tied(tied(other), reverse=True),
        layers.Bidirectional(layers.SimpleRNN(2))(layers.TimeDistributed(layers.Dense(3))(b)),
    ]
    return keras.Model([ids, other], outputs), [padded(rng, 9, (3, 6)), padded(rng, 7, (3, 6))]


def sound(rng):
    wave, channels = keras.Input((48,)), keras.Input((20, 2))
    frames = dict(frame_length=8, frame_step=4, fft_length=16)
    outputs = [
        layers.MelSpectrogram(fft_length=16, sequence_stride=8, num_mel_bins=5)(wave),
        layers.MelSpectrogram(fft_length=16, sequence_stride=8, num_mel_bins=4, power_to_db=False)(wave),
        layers.STFTSpectrogram(mode="magnitude", **frames)(channels),
        layers.STFTSpectrogram(mode="real", window="hamming", expand_dims=True, **frames)(channels),
        layers.STFTSpectrogram(mode="psd", padding="same", periodic=True, **frames)(channels),
    ]
    return keras.Model([wave, channels], outputs), [draw(rng, (2, 48)), draw(rng, (2, 20, 2))]


MODELS = [recurrent, bidirectional, time_distributed, convolution_lstm, attention, words, sound]
