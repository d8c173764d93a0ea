"""The networks on Keras; the same as in bench/ours/models/."""

import keras
import worker
from keras import layers


def mlp(x):
    for _ in range(2):
        x = layers.Dropout(0.2)(layers.Dense(512, activation="relu")(x))
    return x


def cnn(x):
    for _ in range(2):
        x = layers.MaxPooling2D(2)(layers.Conv2D(64, 5, activation="relu")(x))
    x = layers.Dense(128, activation="relu")(layers.Flatten()(x))
    return layers.Dense(64, activation="relu")(x)


def xor(x):
    return layers.Dense(8, activation="tanh")(x)


def lstm(x):
    return layers.LSTM(50)(layers.Embedding(2000, 5)(x))


def gru(x):
    return layers.GRU(50)(layers.Embedding(2000, 5)(x))


def bilstm(x):
    return layers.Bidirectional(layers.LSTM(50))(layers.Embedding(2000, 5)(x))


def transformer(x):
    x = layers.LayerNormalization()(layers.Add()([x, layers.MultiHeadAttention(4, 32)(x, x)]))
    y = layers.Dense(128)(layers.Dense(512, activation="relu")(x))
    return layers.GlobalAveragePooling1D()(layers.LayerNormalization()(layers.Add()([x, y])))


def residual(x):
    x = layers.Conv2D(64, 1)(x)
    y = rectified(layers.Conv2D(64, 3, padding="same")(x))
    y = layers.BatchNormalization()(layers.Conv2D(64, 3, padding="same")(y))
    return layers.GlobalAveragePooling2D()(layers.Activation("relu")(layers.Add()([y, x])))


def separable(x):
    x = layers.Conv2D(64, 1)(x)
    for _ in range(2):
        x = rectified(layers.SeparableConv2D(64, 3, padding="same")(x))
    return layers.GlobalAveragePooling2D()(x)


def rectified(x):
    return layers.Activation("relu")(layers.BatchNormalization()(x))


BODIES = {body.__name__: body for body in (mlp, cnn, xor, lstm, gru, bilstm, transformer, residual, separable)}


def model_of(kind):
    """A network, compiled: what stands in BODIES between its input and the layer that gives the classes."""
    keras.utils.set_random_seed(1)
    given = worker.WORKLOADS["kinds"][kind]
    x = layers.Input(given["input"], dtype="int32" if "tokens" in given else None)
    if given["classes"] == 2:
        head, loss = layers.Dense(1, activation="sigmoid"), "binary_crossentropy"
    else:
        head, loss = layers.Dense(given["classes"], activation="softmax"), "sparse_categorical_crossentropy"
    model = keras.Model(x, head(BODIES[kind](x)))
    model.compile("adam", loss)
    model.optimizer.build(model.trainable_variables)
    return model
