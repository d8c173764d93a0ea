"""preprocessing/layers.json: layers on strings, categories and statistics. They need TensorFlow, so this family runs by itself:

    cd conformance && KERAS_BACKEND=tensorflow ../.venv-peers/bin/python -m goldens.preprocessing

Also preprocessing/*.keras, models that begin with such layers, with their inputs and predictions.
"""

import json

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from .common import ROOT, draw, random_of, same_config, tensor, write

WORDS = "the a cat dog Cat. sat, on mat! über Straße naïve 日本 e-mail don't x1 ünder 'quoted' 😀 \tend".split(" ")


def words(rng, shape):
    return np.asarray(WORDS)[rng.integers(0, len(WORDS), shape)]


def texts(rng, n, longest=7):
    return np.asarray([" ".join(words(rng, int(k))) for k in rng.integers(0, longest, n)])


def values(array):
    array = np.asarray(array)
    if array.dtype.kind in "USO":
        flat = [v.decode() if isinstance(v, bytes) else str(v) for v in array.ravel()]
        return {"shape": list(array.shape), "dtype": "string", "values": flat}
    return tensor(array)


def run(name, layer_name, options, inputs, adapt=None, batches=None, call=None):
    keras.utils.clear_session()
    layer = getattr(layers, layer_name)(**options)
    before = same_config(layer.get_config())
    if adapt is not None:
        layer.adapt(adapt)
    elif batches is not None:
        layer.adapt(iter(batches) if layer_name in ("Normalization", "Discretization") else tf.data.Dataset.from_generator(
            lambda: iter(batches), output_signature=tf.TensorSpec(None, tf.as_dtype(batches[0].dtype.kind == "U" and tf.string or batches[0].dtype))
        ))
    given = [tf.constant(x) for x in inputs]
    output = layer(given if layer_name == "HashedCrossing" else given[0], **{k: tf.constant(v) for k, v in (call or {}).items()})
    result = {
        "name": name,
        "class_name": layer_name,
        "config": before,
        "adapt": None if adapt is None else values(adapt),
        "batches": None if batches is None else [values(b) for b in batches],
        "inputs": [values(x) for x in inputs],
        "call": {k: values(v) for k, v in (call or {}).items()},
        "output": values(output.numpy() if hasattr(output, "numpy") else output),
        "config_after": same_config(layer.get_config()),
    }
    if hasattr(layer, "get_vocabulary"):
        result["vocabulary"] = [v if isinstance(v, str) or v is None else int(v) for v in layer.get_vocabulary()]
    if layer_name == "Normalization" and layer.weights:
        result["weights"] = [tensor(w.numpy()) for w in layer.weights]
    return result


def cases():
    out = []

    def add(layer_name, options, inputs, **more):
        out.append((layer_name, options, inputs, more))

    def rng_of(i):
        return random_of(f"preprocessing {i}")

    alphabet = ["a", "b", "c", "é", "日本", ""]
    lengths = [0, 1, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 200]
    long = np.asarray([("olifänt" * 40)[:n] for n in lengths])
    for salt in (None, 133, (-5, 2**40)):
        add("Hashing", {"num_bins": 1009, "salt": salt}, [long])
    add("Hashing", {"num_bins": 5, "mask_value": ""}, [np.asarray([["", "x"], ["y", ""]])])
    add("Hashing", {"num_bins": 7, "mask_value": 3}, [np.asarray([[3, 4], [-1, 2**31 - 1]], "int32")])
    add("Hashing", {"num_bins": 7, "output_mode": "one_hot"}, [np.asarray([["a"], ["b"]])])
    add("Hashing", {"num_bins": 7, "output_mode": "one_hot"}, [np.asarray([["a", "c"], ["b", "d"]])])
    add("Hashing", {"num_bins": 7, "output_mode": "multi_hot"}, [np.asarray([["a", "c"], ["b", "b"]])])
    add("Hashing", {"num_bins": 7, "output_mode": "count"}, [np.asarray([["a", "c"], ["b", "b"]])])
    add("Hashing", {"num_bins": 7}, [np.asarray([[1.7, -2.3], [-0.4, 1e6]], "float32")])
    add("Hashing", {"num_bins": 1, "mask_value": 1}, [np.asarray([[1, 2]], "int32")])

    days = np.asarray([101, 101, 101, -102, 0], "int32")
    cities = np.asarray(["A", "B", "ab" * 50, "", "A"])
    add("HashedCrossing", {"num_bins": 1000}, [cities, days])
    add("HashedCrossing", {"num_bins": 11}, [cities[:, None], days[:, None], cities[::-1, None]])
    add("HashedCrossing", {"num_bins": 6, "output_mode": "one_hot"}, [cities, days])
    add("HashedCrossing", {"num_bins": 6, "output_mode": "one_hot"}, [cities[:, None], days[:, None]])

    numbers = np.asarray([[0, 3], [1, 1], [2, 0]], "int32")
    for mode in ("multi_hot", "one_hot", "count"):
        add("CategoryEncoding", {"num_tokens": 4, "output_mode": mode}, [numbers])
        add("CategoryEncoding", {"num_tokens": 4, "output_mode": mode}, [numbers[:, :1]])
        add("CategoryEncoding", {"num_tokens": 4, "output_mode": mode}, [numbers[:, 0]])
    add(
        "CategoryEncoding",
        {"num_tokens": 4, "output_mode": "count"},
        [numbers],
        call={"count_weights": np.asarray([[0.5, 2], [1, 0.25], [3, 4]], "float32")},
    )

    strings = np.asarray([["a", "z"], ["日本", "é"], ["", "c"], ["a", "a"]])
    for mode in ("int", "one_hot", "multi_hot", "count"):
        add("StringLookup", {"vocabulary": alphabet[:5], "output_mode": mode}, [strings])
        add("StringLookup", {"vocabulary": alphabet[:5], "output_mode": mode, "mask_token": ""}, [strings])
        add("StringLookup", {"vocabulary": alphabet[:5], "output_mode": mode, "num_oov_indices": 3}, [strings[:, 1:]])
        add("StringLookup", {"output_mode": mode, "max_tokens": 6}, [strings], adapt=words(rng_of(mode), (30, 2)))
        add(
            "StringLookup",
            {"output_mode": mode, "max_tokens": 40, "pad_to_max_tokens": True, "num_oov_indices": 2, "mask_token": "a"},
            [words(rng_of("in" + mode), (3, 2))],
            batches=[words(rng_of(f"{mode} {i}"), (5, 2)) for i in range(3)],
        )
    add("StringLookup", {"vocabulary": ["", "[UNK]", "q"], "mask_token": ""}, [np.asarray(["q", "", "r"])])
    add("StringLookup", {"vocabulary": ["a", "b"], "num_oov_indices": 0}, [np.asarray(["b", "a"])])
    add("StringLookup", {"vocabulary": ["a", "b"], "num_oov_indices": 5, "salt": [1, 2]}, [long])
    add("StringLookup", {"vocabulary": ["a", "b"], "invert": True, "mask_token": ""}, [np.asarray([[0, 1, 2, 3, 9]], "int32")])
    add("StringLookup", {"vocabulary": ["a", "b"], "invert": True}, [np.asarray([[0, 1, 2, 3]], "int32")])
    weights = {"vocabulary": alphabet[:3], "idf_weights": [0.5, 0.25, 0.75], "output_mode": "tf_idf"}
    add("StringLookup", weights, [strings])
    add("StringLookup", {**weights, "max_tokens": 8, "pad_to_max_tokens": True, "num_oov_indices": 2}, [strings])
    add("StringLookup", {"output_mode": "tf_idf"}, [words(rng_of("t"), (4, 3))], adapt=words(rng_of("tf"), (12, 3)))
    add("StringLookup", {"output_mode": "tf_idf", "max_tokens": 5}, [words(rng_of("t"), (4, 1))], adapt=words(rng_of("tg"), (12,)))

    ints = np.asarray([[12, 36], [-7, 12], [0, 1000]], "int64")
    wide = [1138, -2147480000, 12, 2000000000, 0, -7]
    for mode in ("int", "one_hot", "multi_hot", "count"):
        add("IntegerLookup", {"vocabulary": [12, 36, 1138], "output_mode": mode}, [ints])
        add("IntegerLookup", {"vocabulary": wide, "output_mode": mode, "num_oov_indices": 3, "mask_token": 36}, [ints])
        add("IntegerLookup", {"output_mode": mode, "max_tokens": 5}, [ints], adapt=rng_of("i" + mode).integers(-9, 9, (20, 2)))
    add("IntegerLookup", {"vocabulary": [12, 36], "num_oov_indices": 4, "oov_method": "farmhash"}, [ints])
    add("IntegerLookup", {"vocabulary": [12, 36], "num_oov_indices": 4, "oov_method": "farmhash", "salt": 9}, [ints])
    add("IntegerLookup", {"vocabulary": [12, 36], "invert": True, "mask_token": 5}, [np.asarray([[0, 1, 2, 3, 9]], "int64")])
    add("IntegerLookup", {"output_mode": "tf_idf"}, [ints], adapt=rng_of("tfi").integers(0, 40, (12, 3)))
    add(
        "IntegerLookup",
        {"vocabulary": wide, "output_mode": "int"},
        [np.asarray([[*wide, 1139, -2147480001, 2000000001, 1, -8, 2147483647]], "int64")],
    )

    corpus = texts(rng_of("corpus"), 24)
    given = np.asarray([*texts(rng_of("given"), 5), "", "  The CAT\t sat\non  the MAT!? [ok] {x} ~`^_ "])
    for mode in ("int", "multi_hot", "count", "tf_idf"):
        add("TextVectorization", {"output_mode": mode}, [given], adapt=corpus)
        add("TextVectorization", {"output_mode": mode, "ngrams": 2, "max_tokens": 12}, [given[:, None]], adapt=corpus[:, None])
        add(
            "TextVectorization",
            {"output_mode": mode, "ngrams": (1, 3), "max_tokens": 200, "pad_to_max_tokens": True},
            [given],
            batches=[corpus[:9], corpus[9:]],
        )
        add("TextVectorization", {"output_mode": mode, "split": None}, [words(rng_of("n"), (3, 2))], adapt=words(rng_of("m"), (9, 2)))
    for standardize in ("lower", "strip_punctuation", None):
        add("TextVectorization", {"standardize": standardize}, [given], adapt=corpus)
    add("TextVectorization", {"split": "character", "output_sequence_length": 9}, [given], adapt=corpus)
    add("TextVectorization", {"output_sequence_length": 3}, [given], adapt=corpus)
    add("TextVectorization", {"output_sequence_length": 20}, [given[:, None]], adapt=corpus)
    add("TextVectorization", {"split": None, "output_sequence_length": 3}, [words(rng_of("n"), (3, 2))], adapt=words(rng_of("m"), (9,)))
    add("TextVectorization", {"vocabulary": ["cat", "the"]}, [given])
    add("TextVectorization", {"vocabulary": ["cat", "the"], "idf_weights": [0.5, 2.0], "output_mode": "tf_idf"}, [given])

    x = draw(rng_of("x"), (6, 3), 2.0)
    data = draw(rng_of("data"), (17, 3), 3.0)
    for options in ({}, {"axis": None}, {"axis": 1}, {"invert": True}):
        add("Normalization", options, [x], adapt=data)
        add("Normalization", options, [x], batches=[data[:5], data[5:6], data[6:]])
    add("Normalization", {"axis": (1, 2)}, [draw(rng_of("y"), (2, 3, 4))], adapt=draw(rng_of("z"), (5, 3, 4)))
    add("Normalization", {"axis": (-1, 1)}, [draw(rng_of("y"), (2, 3, 2, 4))], adapt=draw(rng_of("z"), (5, 3, 2, 4)))
    add("Normalization", {"axis": 1}, [draw(rng_of("y"), (2, 3, 4))], adapt=draw(rng_of("z"), (5, 3, 4)))
    add("Normalization", {"mean": 3.0, "variance": 2.0}, [x])
    add("Normalization", {"mean": [1.0, 2.0, 3.0], "variance": [0.0, 4.0, 9.0], "invert": True}, [x])
    add("Normalization", {"axis": (1, 2), "mean": [1.0, 2.0, 3.0, 4.0], "variance": [1.0, 4.0, 9.0, 0.0]}, [draw(rng_of("y"), (2, 3, 4))])

    special = np.asarray([[-1.0, 0.0, 0.5, 2.0, np.nan, np.inf, -np.inf]], "float32")
    add("Discretization", {"bin_boundaries": [0.0, 1.0, 2.0]}, [special])
    for mode in ("one_hot", "multi_hot", "count"):
        add("Discretization", {"bin_boundaries": [0.0, 0.5, 2.0], "output_mode": mode}, [x])
        add("Discretization", {"bin_boundaries": [0.0, 0.5, 2.0], "output_mode": mode}, [x[:, :1]])
    for n in (1, 2, 7, 15, 16, 17, 33, 250, 1001):
        add("Discretization", {"num_bins": 4}, [x], adapt=draw(rng_of(f"d{n}"), (n, 1), 2.0))
    add("Discretization", {"num_bins": 5, "epsilon": 0.1}, [x], adapt=draw(rng_of("e"), (300, 1), 2.0))
    add("Discretization", {"num_bins": 3, "epsilon": 0.2}, [x], batches=[draw(rng_of(f"b{i}"), (n,), 2.0) for i, n in enumerate((50, 3, 7, 120))])
    add("Discretization", {"num_bins": 1}, [x], adapt=data)
    return out


def text_model():
    keras.utils.set_random_seed(1)
    x = keras.Input((1,), dtype="string", name="text")
    vectorize = layers.TextVectorization(output_sequence_length=6, max_tokens=20)
    vectorize.adapt(texts(random_of("text model"), 40))
    y = layers.Embedding(20, 4)(vectorize(x))
    y = layers.GlobalAveragePooling1D()(y)
    return keras.Model(x, layers.Dense(1, activation="sigmoid")(y)), [texts(random_of("text inputs"), 9)[:, None]]


def table_model():
    keras.utils.set_random_seed(2)
    rng = random_of("table model")
    city = keras.Input((1,), dtype="string", name="city")
    # Of inputs (batch, 1), Keras believes that vectors of texts are (batch, 1, vocabulary).
    note = keras.Input((), dtype="string", name="note")
    code = keras.Input((1,), dtype="int32", name="code")
    size = keras.Input((2,), name="size")
    lookup = layers.StringLookup(output_mode="one_hot")
    lookup.adapt(words(rng, (50, 1)))
    tf_idf = layers.TextVectorization(output_mode="tf_idf", ngrams=2, max_tokens=30)
    tf_idf.adapt(words(rng, (50,)))
    codes = layers.IntegerLookup(num_oov_indices=2)
    codes.adapt(rng.integers(0, 30, (40, 1)))
    normalize = layers.Normalization()
    normalize.adapt(draw(rng, (20, 2), 3.0))
    bins = layers.Discretization(num_bins=4)
    bins.adapt(draw(rng, (60, 2), 3.0))
    crossed = layers.HashedCrossing(8, output_mode="one_hot")([city, codes(code)])
    parts = [
        lookup(city),
        tf_idf(note),
        layers.CategoryEncoding(codes.vocabulary_size())(codes(code)),
        layers.StringLookup(vocabulary=["cat", "mat"], output_mode="multi_hot", num_oov_indices=2)(city),
        normalize(size),
        layers.CategoryEncoding(4, output_mode="count")(bins(size)),
        layers.Hashing(6, output_mode="multi_hot", salt=3)(code),
        crossed,
    ]
    output = layers.Dense(3)(layers.Concatenate()(parts))
    inputs = [words(rng, (7, 1)), texts(rng, 7), rng.integers(0, 40, (7, 1)).astype("int32"), draw(rng, (7, 2), 3.0)]
    return keras.Model([city, note, code, size], output), inputs


def space_columns(rng, n):
    return {
        "f": draw(rng, (n,)),
        "n": draw(rng, (n,), 3.0),
        "d": draw(rng, (n,), 2.0),
        "r": draw(rng, (n,)),
        "s": words(rng, (n,)),
        "i": rng.integers(0, 6, (n,)).astype("int32"),
        "h": words(rng, (n,)),
        "k": rng.integers(0, 99, (n,)).astype("int32"),
    }


def feature_space():
    """A FeatureSpace and a model that begins with its layers, and what they make of some rows."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(3)
    Space = keras.utils.FeatureSpace
    features = {
        "f": "float",
        "n": "float_normalized",
        "d": Space.float_discretized(num_bins=4),
        "r": Space.float_rescaled(scale=2.0, offset=1.0),
        "s": "string_categorical",
        "i": Space.integer_categorical(max_tokens=5),
        "h": "string_hashed",
        "k": Space.integer_hashed(num_bins=4),
    }
    crosses = [("s", "i"), Space.cross(("s", "h"), crossing_dim=5)]
    space = Space(features, crosses=crosses, crossing_dim=6, hashing_dim=7)
    rng = random_of("feature space")
    data, rows = space_columns(rng, 70), space_columns(rng, 5)
    space.adapt(data)
    output = space(rows)
    space.save(ROOT / "preprocessing" / "space.keras")
    model = keras.Model(space.get_inputs(), layers.Dense(2)(space.get_encoded_features()))
    model.save(ROOT / "preprocessing" / "space-model.keras")
    predictions = model({k: tf.constant(v[:, None]) for k, v in rows.items()})
    body = {
        "adapt": {k: values(v) for k, v in data.items()},
        "rows": {k: values(v) for k, v in rows.items()},
        "output": values(output.numpy()),
        "predictions": values(predictions.numpy()),
    }
    (ROOT / "preprocessing" / "space.json").write_text(json.dumps(body) + "\n")


def generate():
    feature_space()
    rows = [run(f"{layer} {i}", layer, options, inputs, **more) for i, (layer, options, inputs, more) in enumerate(cases())]
    write("preprocessing/layers.json", rows)
    for name, make in (("text", text_model), ("table", table_model)):
        keras.utils.clear_session()
        model, inputs = make()
        model.save(ROOT / "preprocessing" / f"{name}.keras")
        predictions = model([tf.constant(v) for v in inputs] if len(inputs) > 1 else tf.constant(inputs[0]))
        body = {"inputs": [values(v) for v in inputs], "predictions": [values(predictions.numpy())]}
        (ROOT / "preprocessing" / f"{name}.json").write_text(json.dumps(body) + "\n")


if __name__ == "__main__":
    generate()
