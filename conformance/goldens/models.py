"""models/<name>.keras with <name>.json: whole models: predictions, evaluation, one SGD step, five epochs of fit."""

import json
from collections import namedtuple

import keras
import numpy as np
from keras import layers

from .common import ROOT, draw, random_of, same_config, tensor, tensors, values, weight

FOLDER = ROOT / "models"
ROWS, BATCH, EPOCHS = 40, 8, 5

# model, inputs, targets, whether fit and train_on_batch are recorded (not with dropout: its bits are Keras's own)
Example = namedtuple("Example", "model inputs targets trains")


def class_targets(rng, classes):
    return rng.integers(0, classes, (ROWS,)).astype(np.int32)


def mlp(rng):
    model = keras.Sequential(
        [
            layers.Input((8,)),
            layers.Dense(16, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(12, activation="tanh"),
            layers.Dropout(0.3),
            layers.Dense(4, activation="softmax"),
        ],
        name="mlp",
    )
    return Example(model, [draw(rng, (ROWS, 8))], [class_targets(rng, 4)], False)


def trained(rng):
    """Saved after two epochs of Adam, so that the file holds the optimizer's state."""
    model = keras.Sequential(
        [
            layers.Input((8,)),
            layers.Dense(16, activation="relu"),
            layers.Dropout(0.0),
            layers.Dense(12, activation="tanh"),
            layers.Dense(4, activation="softmax"),
        ],
        name="trained",
    )
    inputs, targets = draw(rng, (ROWS, 8)), class_targets(rng, 4)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.optimizer.learning_rate = 0.01
    model.fit(inputs, targets, batch_size=BATCH, epochs=2, shuffle=False, verbose=0)
    return Example(model, [inputs], [targets], True)


def cnn(rng):
    """Saved with a learning rate schedule, a regularizer and objects rather than strings in compile."""
    model = keras.Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Conv2D(4, 3, padding="same", activation="relu", kernel_regularizer=keras.regularizers.L2(1e-3)),
            layers.BatchNormalization(momentum=0.9),
            layers.MaxPooling2D(),
            layers.Conv2D(6, 3, use_bias=False),
            layers.BatchNormalization(momentum=0.9),
            layers.ReLU(),
            layers.AveragePooling2D(2),
            layers.Flatten(),
            layers.Dense(3),
        ],
        name="cnn",
    )
    inputs, targets = draw(rng, (ROWS, 8, 8, 1)), np.eye(3, dtype=np.float32)[class_targets(rng, 3)]
    schedule = keras.optimizers.schedules.ExponentialDecay(0.05, decay_steps=10, decay_rate=0.9)
    model.compile(
        keras.optimizers.SGD(schedule, momentum=0.9, nesterov=True),
        keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1),
        metrics=[keras.metrics.CategoricalAccuracy(name="hits"), keras.metrics.TopKCategoricalAccuracy(k=2)],
    )
    model.fit(inputs, targets, batch_size=BATCH, epochs=2, shuffle=False, verbose=0)
    return Example(model, [inputs], [targets], True)


def two_inputs(rng):
    """A skip connection and a concatenation; two outputs with a loss, weights and metrics each."""
    left = keras.Input((6,), name="left")
    right = keras.Input((4,), name="right")
    x = layers.Dense(5, activation="relu", name="widen")(left)
    x = layers.LayerNormalization(name="norm")(x)
    y = layers.Dense(5, activation="swish", name="other")(right)
    joined = layers.Concatenate(name="join")([x, y])
    z = layers.Dense(10, activation="relu", name="inner")(joined)
    z = layers.Add(name="skip")([joined, z])
    price = layers.Dense(1, name="price")(z)
    kind = layers.Dense(3, activation="softmax", name="kind")(z)
    model = keras.Model([left, right], [price, kind], name="two_inputs")
    model.compile(
        keras.optimizers.RMSprop(0.01),
        loss=["mse", "sparse_categorical_crossentropy"],
        loss_weights=[0.3, 1.0],
        metrics=[["mae"], ["accuracy"]],
    )
    inputs = [draw(rng, (ROWS, 6)), draw(rng, (ROWS, 4))]
    return Example(model, inputs, [draw(rng, (ROWS, 1)), class_targets(rng, 3)], True)


def text_of(masked):
    def text(rng):
        model = keras.Sequential(
            [
                layers.Input((7,), dtype="int32"),
                layers.Embedding(20, 4, mask_zero=masked),
                layers.GlobalAveragePooling1D(),
                layers.Dense(6, activation="relu"),
                layers.Dense(1, activation="sigmoid"),
            ],
            name="text_masked" if masked else "text",
        )
        model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy", metrics=["accuracy", "auc"])
        words = rng.integers(0, 20, (ROWS, 7)).astype(np.int32)
        words[:, 5:] *= rng.integers(0, 2, (ROWS, 1)).astype(np.int32)
        return Example(model, [words], [rng.integers(0, 2, (ROWS, 1)).astype(np.float32)], True)

    return text


def padded(rng, words, length):
    """Sentences of different lengths, padded with 0 at the end."""
    ids = rng.integers(1, words, (ROWS, length)).astype(np.int32)
    ends = rng.integers(1, length + 1, (ROWS, 1))
    return np.where(np.arange(length) < ends, ids, 0).astype(np.int32)


def sentiment(rng):
    """Text classification: the masked steps change no state."""
    model = keras.Sequential(
        [
            layers.Input((None,), dtype="int32"),
            layers.Embedding(20, 4, mask_zero=True),
            layers.Bidirectional(layers.GRU(3, return_sequences=True, name="both")),
            layers.LSTM(5, kernel_regularizer="l2"),
            layers.Dense(1, activation="sigmoid"),
        ],
        name="sentiment",
    )
    model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy", metrics=["accuracy"])
    return Example(model, [padded(rng, 20, 7)], [rng.integers(0, 2, (ROWS, 1)).astype(np.float32)], True)


def tagger(rng):
    """A class for each step: the mask reaches the loss and the metrics."""
    model = keras.Sequential(
        [
            layers.Input((6,), dtype="int32"),
            layers.Embedding(12, 4, mask_zero=True),
            layers.Bidirectional(layers.LSTM(3, return_sequences=True, name="both"), merge_mode="sum"),
            layers.TimeDistributed(layers.Dense(4, activation="softmax", name="classes")),
        ],
        name="tagger",
    )
    model.compile(keras.optimizers.RMSprop(0.02), "sparse_categorical_crossentropy", metrics=["accuracy"])
    words = padded(rng, 12, 6)
    return Example(model, [words], [(words % 4).astype(np.int32)], True)


def translator(rng):
    """An encoder whose states begin the decoder."""
    source = keras.Input((6,), dtype="int32", name="source")
    target = keras.Input((5,), dtype="int32", name="target")
    x = layers.Embedding(12, 4, mask_zero=True, name="source_words")(source)
    _, h, c = layers.LSTM(4, return_state=True, name="encoder")(x)
    y = layers.Embedding(9, 3, mask_zero=True, name="target_words")(target)
    y, _, _ = layers.LSTM(4, return_sequences=True, return_state=True, name="decoder")(y, initial_state=[h, c])
    outputs = layers.Dense(9, activation="softmax", name="next")(y)
    model = keras.Model([source, target], outputs, name="translator")
    model.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy", metrics=["accuracy"])
    inputs = [padded(rng, 12, 6), padded(rng, 9, 5)]
    return Example(model, inputs, [rng.integers(0, 9, (ROWS, 5)).astype(np.int32)], True)


def encoder(x, width, heads, name):
    """One block of a transformer: attention, and a feed-forward part, each with a residual."""
    y = layers.MultiHeadAttention(heads, width // heads, use_bias=False, name=f"{name}_attention")(x, x)
    x = layers.LayerNormalization(epsilon=1e-6, name=f"{name}_norm1")(layers.Add(name=f"{name}_add1")([x, y]))
    y = layers.Dense(3 * width, activation="gelu", name=f"{name}_wide")(x)
    y = layers.Dense(width, name=f"{name}_narrow")(y)
    return layers.LayerNormalization(epsilon=1e-6, name=f"{name}_norm2")(layers.Add(name=f"{name}_add2")([x, y]))


def transformer(rng):
    """A transformer's encoder over words and places, padded words masked. The gradient of a key's bias is 0 but for rounding."""
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    places = keras.ops.cumsum(keras.ops.ones_like(tokens), axis=1) - 1
    # The mask comes as far as the first attention: a sum with something unmasked has none.
    words = layers.Embedding(20, 8, mask_zero=True, name="words")(tokens)
    x = layers.MultiHeadAttention(2, 3, use_bias=False, name="first")(words, words)
    x = layers.Add(name="both")([words, x, layers.Embedding(9, 8, name="places")(places)])
    for i in range(2):
        x = encoder(x, 8, 2, f"block{i}")
    x = layers.GlobalAveragePooling1D(name="mean")(x)
    model = keras.Model(tokens, layers.Dense(3, activation="softmax", name="classes")(x), name="transformer")
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return Example(model, [padded(rng, 20, 9)], [class_targets(rng, 3)], True)


def decoder(rng):
    """Attention of every kind: causal, across, in groups, with scores, with masks as tensors."""
    queries = keras.Input((5, 6), name="queries")
    # As long as the queries: else Keras states another shape of the scores than it gives.
    memory = keras.Input((5, 6), name="memory")
    allowed = keras.Input((5, 5), dtype="bool", name="allowed")
    x = layers.GroupQueryAttention(3, 4, 2, name="own")(queries, queries, use_causal_mask=True)
    x = layers.LayerNormalization(name="norm")(x + queries)
    y, scores = layers.MultiHeadAttention(2, 3, value_dim=2, name="across")(
        x, memory, attention_mask=allowed, return_attention_scores=True
    )
    z = layers.Attention(use_scale=True, name="plain")([x, memory])
    w = layers.AdditiveAttention(name="additive")([x, memory, memory])
    x = layers.Concatenate(name="all")([x, y, z, w])
    x = layers.EinsumDense("abc,cd->abd", (5, 4), activation="relu", bias_axes="d", name="einsum")(x)
    outputs = [layers.AdaptiveAveragePooling1D(2, name="pool")(x), layers.Flatten(name="flat")(scores)]
    model = keras.Model([queries, memory, allowed], outputs, name="decoder")
    model.compile("sgd", ["mse", "mse"])
    inputs = [draw(rng, (ROWS, 5, 6)), draw(rng, (ROWS, 5, 6)), rng.integers(0, 3, (ROWS, 5, 5)) > 0]
    return Example(model, inputs, [draw(rng, (ROWS, 2, 4)), draw(rng, (ROWS, 50))], True)


def nested(rng):
    """A model as a layer of another one, and one layer used twice."""
    a = keras.Input((5,), name="inside")
    inner = keras.Model(a, layers.Dense(4, activation="elu", name="core")(a), name="inner")
    x = keras.Input((5,), name="outside")
    shared = layers.Dense(5, activation="tanh", name="shared")
    y = shared(shared(x))
    outputs = layers.Dense(2, name="end")(layers.Multiply(name="mix")([inner(y), inner(x)]))
    model = keras.Model(x, outputs, name="nested")
    model.compile("nadam", "huber")
    return Example(model, [draw(rng, (ROWS, 5))], [draw(rng, (ROWS, 2))], True)


MODELS = {
    "mlp": mlp,
    "trained": trained,
    "cnn": cnn,
    "two_inputs": two_inputs,
    "text": text_of(False),
    "text_masked": text_of(True),
    "nested": nested,
    "transformer": transformer,
    "decoder": decoder,
    "sentiment": sentiment,
    "tagger": tagger,
    "translator": translator,
}


def unlisted(items):
    return items[0] if len(items) == 1 else items


def weights_of(model):
    return [weight(v) for v in model.weights if v.dtype == "float32"]


def sgd_step(path, example):
    """One train_on_batch with plain SGD and the file's own loss, from the saved weights."""
    model = keras.saving.load_model(path)
    model.compile(keras.optimizers.SGD(0.1), **loss_of(model))
    x = [a[:BATCH] for a in example.inputs]
    y = [a[:BATCH] for a in example.targets]
    loss = model.train_on_batch(unlisted(x), unlisted(y), return_dict=True)
    return {"rows": BATCH, "learning_rate": 0.1, "loss": float(loss["loss"]), "weights": weights_of(model)}


def loss_of(model):
    config = model.get_compile_config()
    given = {"loss": keras.saving.deserialize_keras_object(config["loss"])}
    if config.get("loss_weights") is not None:
        given["loss_weights"] = config["loss_weights"]
    return given


def five_epochs(path, example):
    """Continues from the file: its optimizer, state and learning rate."""
    model = keras.saving.load_model(path)
    options = {"batch_size": BATCH, "epochs": EPOCHS, "shuffle": False, "validation_split": 0.25}
    history = model.fit(unlisted(example.inputs), unlisted(example.targets), verbose=0, **options)
    return {
        "options": options,
        "history": {key: values(np.asarray(line, np.float32)) for key, line in history.history.items()},
        "weights": weights_of(model),
        "optimizer_variables": [weight(v) for v in model.optimizer.variables],
    }


def record(name, make):
    keras.utils.clear_session()
    keras.utils.set_random_seed(7)
    example = make(random_of(f"model {name}"))
    model, path = example.model, FOLDER / f"{name}.keras"
    model.save(path)
    predictions = model.predict(unlisted(example.inputs), batch_size=16, verbose=0)
    body = {
        "keras": keras.__version__,
        "backend": keras.backend.backend(),
        "file": path.name,
        "inputs": tensors(example.inputs),
        "targets": tensors(example.targets),
        "predictions": tensors(predictions if isinstance(predictions, list) else [predictions]),
        "weights": weights_of(model),
        "optimizer_variables": [weight(v) for v in model.optimizer.variables] if model.compiled else [],
        "compile_config": same_config(model.get_compile_config()) if model.compiled else None,
    }
    if model.compiled:
        body["evaluate"] = {
            key: float(value)
            for key, value in model.evaluate(
                unlisted(example.inputs), unlisted(example.targets), batch_size=16, verbose=0, return_dict=True
            ).items()
        }
    if example.trains:
        body["sgd_step"] = sgd_step(path, example)
        body["fit"] = five_epochs(path, example)
    if name == "mlp":
        model.save_weights(FOLDER / "mlp.weights.h5")
        body["weights_file"] = "mlp.weights.h5"
    (FOLDER / f"{name}.json").write_text(json.dumps(body, separators=(",", ":"), allow_nan=False) + "\n")


def generate():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, make in MODELS.items():
        record(name, make)
