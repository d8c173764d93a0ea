"""summaries.json: what Model.summary prints, for models that are given by their configuration."""

import os
from contextlib import redirect_stdout
from io import StringIO

import keras
from keras import layers

from .common import same_config, write


def mlp():
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.2),
            layers.BatchNormalization(),
            layers.Dense(10),
        ],
        name="mlp",
    )


def branches():
    a, b = keras.Input((8,), name="a"), keras.Input((4,), name="b")
    shared = layers.Dense(4, activation="relu", name="shared")
    joined = layers.Concatenate(name="join")([shared(a), shared(layers.Dense(8, name="before")(b))])
    outputs = [layers.Dense(1, name="price")(joined), layers.Dense(3, activation="softmax", name="kind")(joined)]
    return keras.Model([a, b], outputs, name="branches")


def nested():
    x = keras.Input((28, 28, 1), name="image")
    inner = mlp()
    inner.layers[1].trainable = False
    return keras.Model(x, layers.Dense(2, name="end")(inner(x)), name="nested")


def states():
    x = keras.Input((None, 3), name="x")
    y, h, c = layers.LSTM(5, return_state=True, name="lstm")(x)
    return keras.Model(x, [y, h, c], name="states")


def long_names():
    return keras.Sequential(
        [
            keras.Input((12345, 6)),
            layers.Dense(7, name="a_layer_with_a_name_that_is_far_too_long_for_any_column_of_this_table"),
            layers.Dense(8, name="a_name_that_just_needs_a_second_line"),
        ],
        name="long_names",
    )


def unbuilt():
    return keras.Sequential([layers.Dense(3), layers.Dense(4)], name="unbuilt")


CASES = [
    ("mlp", mlp, {}),
    ("mlp narrow", mlp, {"line_length": 61}),
    ("mlp with optimizer", mlp, {"optimizer": "adam"}),
    ("mlp, trainable", mlp, {"show_trainable": True}),
    ("mlp, columns", mlp, {"positions": [0.5, 0.7, 1.0]}),
    ("mlp, range", mlp, {"layer_range": ["dense", "batch.*"]}),
    ("branches", branches, {}),
    ("branches narrow", branches, {"line_length": 80}),
    ("nested", nested, {}),
    ("nested, expanded", nested, {"expand_nested": True}),
    ("nested, expanded, trainable", nested, {"expand_nested": True, "show_trainable": True}),
    ("states", states, {}),
    ("long names", long_names, {}),
    ("unbuilt", unbuilt, {}),
]


def case(name, make, options):
    keras.utils.clear_session()
    model = make()
    options = dict(options)
    optimizer = options.pop("optimizer", None)
    if optimizer:
        model.compile(optimizer, "mse")
        model.optimizer.build(model.trainable_variables)
    out = StringIO()
    with redirect_stdout(out):
        model.summary(print_fn=lambda text: out.write(text), **options)
    serialized = same_config(keras.saving.serialize_keras_object(model))
    return {
        "name": name,
        "class_name": serialized["class_name"],
        "config": serialized["config"],
        "optimizer": optimizer,
        "options": options,
        "text": out.getvalue(),
    }


def generate():
    os.environ["COLUMNS"] = "200"
    write("summaries.json", [case(*c) for c in CASES])
