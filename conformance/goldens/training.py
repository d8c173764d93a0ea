"""training.json: what fit, evaluate and single batches report and do to the weights, for what training can be told: weights of
samples, classes and losses, several inputs and outputs by order and by name, frozen layers, streams, validation.

A case is a model's configuration, its first weights, the arrays that its calls name, and calls with what each gave.
"""

import json

import keras
import numpy as np
from keras import layers

from .common import draw, random_of, tensor, uniform, values, write

ROWS = 10


def net():
    return keras.Sequential(
        [layers.Input((3,)), layers.Dense(4, activation="tanh", name="hidden"), layers.Dense(2, name="out")], name="net"
    )


def classes():
    return keras.Sequential([layers.Input((3,)), layers.Dense(3, activation="softmax", name="out")], name="classes")


def sequence():
    return keras.Sequential(
        [layers.Input((5, 3)), layers.SimpleRNN(3, return_sequences=True, name="rnn"), layers.Dense(1, name="out")],
        name="sequence",
    )


def two():
    a, b = keras.Input((3,), name="a"), keras.Input((2,), name="b")
    h = layers.Concatenate(name="both")([layers.Dense(3, activation="tanh", name="left")(a), b])
    return keras.Model([a, b], [layers.Dense(2, name="p")(h), layers.Dense(1, name="q")(h)], name="two")


def normalized():
    return keras.Sequential(
        [layers.Input((3,)), layers.Dense(4, name="hidden"), layers.BatchNormalization(name="norm"), layers.Dense(2, name="out")],
        name="normalized",
    )


def statistics():
    return keras.Sequential([layers.Input((3,)), layers.BatchNormalization(center=False, scale=False, name="norm")], name="statistics")


def shared():
    a, b = keras.Input((3,), name="a"), keras.Input((3,), name="b")
    tower = keras.Sequential([layers.Input((3,)), layers.Dense(3, activation="tanh", name="inner")], name="tower")
    twice = layers.Dense(3, name="twice", kernel_regularizer="l2")
    merged = layers.Add(name="sum")([twice(tower(a)), twice(twice(tower(b)))])
    return keras.Model([a, b], layers.Dense(1, activity_regularizer="l1", name="out")(merged), name="shared")


def arrays_of(name):
    rng = random_of(f"training {name}")
    labels = (np.arange(ROWS) * 7 % 3).astype(np.int32)
    return {
        "x": draw(rng, (ROWS, 3)),
        "x2": draw(rng, (ROWS, 3)),
        "b": draw(rng, (ROWS, 2)),
        "y": draw(rng, (ROWS, 2)),
        "y1": draw(rng, (ROWS, 1)),
        "labels": labels,
        "w": uniform(rng, (ROWS,), 0.1, 2),
        "w2": uniform(rng, (ROWS,), 0.1, 2),
        "xs": draw(rng, (ROWS, 5, 3)),
        "ys": draw(rng, (ROWS, 5, 1)),
        "ws": uniform(rng, (ROWS, 5), 0, 2),
    }


def call(method, x=None, y=None, w=None, **options):
    return {"method": method, "x": x, "y": y, "w": w, "options": options}


def fit(x, y=None, w=None, **options):
    return call("fit", x, y, w, **{"epochs": 2, "batch_size": 4, **options})


def evaluate(x, y=None, w=None, **options):
    return call("evaluate", x, y, w, **{"batch_size": 4, **options})


def train(x, y=None, w=None, **options):
    return call("train_on_batch", x, y, w, **options)


def test(x, y=None, w=None):
    return call("test_on_batch", x, y, w)


def stream(x, y, w=None, kind="generator"):
    """Batches of 4 rows: endless, each once, or a PyDataset."""
    return {"stream": kind, "x": x, "y": y, "w": w}


def case(name, model, compiled, *calls, **more):
    return {"name": name, "model": model, "compile": compiled, "calls": list(calls), **more}


MSE = {"loss": "mse", "metrics": ["mae"]}
TWO = ["x", "b"], ["y", "y1"]
BY_NAME = {"a": "x", "b": "b"}, {"p": "y", "q": "y1"}
SPARSE = {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"], "weighted_metrics": ["accuracy"]}

CASES = [
    case("the last batch is partial", net, MSE, fit("x", "y", epochs=3), evaluate("x", "y")),
    case("several steps an execution", net, {**MSE, "steps_per_execution": 2}, fit("x", "y", epochs=2), evaluate("x", "y")),
    case("jit_compile", net, {**MSE, "jit_compile": True}, fit("x", "y"), evaluate("x", "y")),
    case("loss weights in a list", two, {"loss": ["mse", "mae"], "loss_weights": [0.3, 2.0]}, fit(*TWO), evaluate(*TWO)),
    case(
        "losses, their weights, metrics and data by name",
        two,
        {
            "loss": {"q": "mae", "p": "mse"},
            "loss_weights": {"q": 0.5, "p": 3.0},
            "metrics": {"p": ["mae", "mse"], "q": "mse"},
        },
        fit(*BY_NAME, validation_data=BY_NAME),
        evaluate(*BY_NAME),
    ),
    case("a loss for one output alone", two, {"loss": [None, "mse"]}, fit(*TWO), evaluate(*TWO)),
    case("metrics in lists", two, {"loss": "mse", "metrics": [["mae"], ["mse", "mae"]]}, fit(*TWO, validation_split=0.3)),
    case("class weights", classes, SPARSE, fit("x", "labels", class_weight={0: 1.0, 1: 3.0, 2: 0.25}, validation_split=0.4)),
    case(
        "class weights and validation data",
        classes,
        SPARSE,
        fit("x", "labels", class_weight={0: 0.5, 1: 2.0, 2: 1.0}, validation_data=["x2", "labels", "w"]),
    ),
    case("sample weights", net, {**MSE, "weighted_metrics": ["mae"]}, fit("x", "y", "w"), evaluate("x", "y", "w2")),
    case("sample weights, split", net, {**MSE, "weighted_metrics": ["mae"]}, fit("x", "y", "w", validation_split=0.3)),
    case("sample weights of time steps", sequence, {**MSE, "weighted_metrics": ["mse"]}, fit("xs", "ys", "ws"), evaluate("xs", "ys", "ws")),
    case("sample weights for each output", two, {"loss": "mse", "weighted_metrics": [["mae"], ["mae"]]}, fit(*TWO, ["w", "w2"])),
    case("validation every second epoch", net, MSE, fit("x", "y", epochs=4, validation_freq=2, validation_split=0.2)),
    case("validation after some epochs", net, MSE, fit("x", "y", epochs=4, validation_freq=[1, 4], validation_data=["x2", "y"])),
    case("other sizes of validation", net, MSE, fit("x", "y", validation_data=["x2", "y"], validation_batch_size=3, validation_steps=2)),
    case("from the third epoch", net, MSE, fit("x", "y", epochs=4, initial_epoch=2)),
    case("an endless generator", net, MSE, fit(stream("x", "y"), batch_size=None, steps_per_epoch=4, epochs=3)),
    case("a generator with weights", net, {**MSE, "weighted_metrics": ["mae"]}, fit(stream("x", "y", "w"), batch_size=None, steps_per_epoch=3)),
    case(
        "a generator for several inputs by name",
        two,
        {"loss": {"p": "mse", "q": "mae"}},
        fit(stream(*BY_NAME), batch_size=None, steps_per_epoch=3, validation_data=BY_NAME, validation_batch_size=4),
    ),
    case("a generator of one pass", net, MSE, fit(stream("x", "y", kind="once"), batch_size=None, epochs=1), evaluate(stream("x", "y", kind="once"), batch_size=None)),
    case(
        "a dataset that is asked for its batches",
        net,
        MSE,
        fit(stream("x", "y", kind="dataset"), batch_size=None, validation_data=stream("x2", "y", kind="dataset")),
        evaluate(stream("x", "y", "w", kind="dataset"), batch_size=None),
    ),
    case("fewer steps than batches", net, MSE, fit("x", "y", steps_per_epoch=2), evaluate("x", "y", steps=2)),
    case(
        "single batches",
        net,
        MSE,
        train("x", "y"),
        train("x2", "y", "w"),
        test("x", "y"),
        call("reset_metrics"),
        test("x", "y"),
        call("reset_metrics"),
        train("x", "y"),
    ),
    case("single batches with class weights", classes, SPARSE, train("x", "labels", class_weight={0: 2.0, 1: 0.5, 2: 1.0})),
    case("frozen before compile", net, MSE, fit("x", "y"), frozen=["hidden"]),
    case("a frozen normalization", normalized, MSE, fit("x", "y"), evaluate("x", "y"), frozen=["norm"]),
    case("normalization", normalized, MSE, fit("x", "y", validation_split=0.2), evaluate("x", "y")),
    case("no weights that are trained", statistics, {"loss": "mse"}, fit("x", "x2"), evaluate("x", "x2")),
    case("all layers frozen", net, MSE, fit("x", "y", validation_split=0.2), frozen=["hidden", "out"]),
    case("shared layers, a nested model, regularizers", shared, {"loss": "mse"}, fit(["x", "x2"], "y1"), evaluate(["x", "x2"], "y1")),
    case("a frozen nested model", shared, {"loss": "mse"}, fit(["x", "x2"], "y1"), frozen=["tower"]),
]


def pick(spec, arrays):
    if spec is None:
        return None
    if isinstance(spec, str):
        return arrays[spec]
    if isinstance(spec, dict):
        return {k: pick(v, arrays) for k, v in spec.items()}
    return [pick(v, arrays) for v in spec]


def cut(data, start, end):
    if isinstance(data, dict):
        return {k: cut(v, start, end) for k, v in data.items()}
    if isinstance(data, list):
        return [cut(v, start, end) for v in data]
    return data[start:end]


class Batches(keras.utils.PyDataset):
    def __init__(self, parts):
        super().__init__()
        self.parts = parts

    def __len__(self):
        return 3

    def __getitem__(self, i):
        return tuple(cut(p, 4 * i, 4 * i + 4) for p in self.parts)


def streamed(spec, arrays):
    parts = [pick(spec[k], arrays) for k in ("x", "y", "w") if spec[k] is not None]
    if spec["stream"] == "dataset":
        return Batches(parts)

    def batches():
        while True:
            for i in range(3):
                # Keras takes batches of one size from generators only.
                start = 4 * i % (ROWS - 3)
                yield tuple(cut(p, start, start + 4) for p in parts)
            if spec["stream"] == "once":
                return

    return batches()


def data(spec, arrays):
    return streamed(spec, arrays) if isinstance(spec, dict) and "stream" in spec else pick(spec, arrays)


def run(model, one, arrays):
    if one["method"] == "reset_metrics":
        model.reset_metrics()
        return None
    options = {k: v for k, v in one["options"].items() if v is not None}
    if "validation_data" in options:
        given = data(options["validation_data"], arrays)
        options["validation_data"] = tuple(given) if isinstance(given, list) else given
    if one["w"] is not None:
        options["sample_weight"] = pick(one["w"], arrays)
    x, y = data(one["x"], arrays), pick(one["y"], arrays)
    if one["method"] == "fit":
        history = model.fit(x, y, shuffle=False, verbose=0, **options).history
        return {k: values(np.array(v)) for k, v in history.items()}
    quiet = {"verbose": 0} if one["method"] == "evaluate" else {}
    logs = getattr(model, one["method"])(x, y, return_dict=True, **quiet, **options)
    return {k: values(np.array([v]))[0] for k, v in logs.items()}


def first_weights(model, rng):
    return [uniform(rng, w.shape, 0.5, 1.5) if "variance" in w.path else draw(rng, w.shape, 0.5) for w in model.weights]


def names_in(spec, known):
    if isinstance(spec, str):
        return {spec} & set(known)
    parts = spec.values() if isinstance(spec, dict) else spec if isinstance(spec, (list, tuple)) else []
    return set().union(*[names_in(p, known) for p in parts])


def made(spec):
    name = spec["name"]
    keras.utils.set_random_seed(1)
    model = spec["model"]()
    arrays = arrays_of(name)
    first = first_weights(model, random_of(f"weights {name}"))
    model.set_weights(first)
    for layer in spec.get("frozen", []):
        model.get_layer(layer).trainable = False
    model.compile(optimizer=keras.optimizers.SGD(0.1), **spec["compile"])
    calls = [{**one, "gave": run(model, one, arrays)} for one in spec["calls"]]
    used = names_in(spec["calls"], arrays)
    return {
        "name": name,
        "model": json.loads(model.to_json()),
        "frozen": spec.get("frozen", []),
        "compile": spec["compile"],
        "arrays": {k: tensor(v) for k, v in arrays.items() if k in used},
        "first": [tensor(w) for w in first],
        "calls": calls,
        "weights": [{"path": w.path, **tensor(w.value)} for w in model.weights],
    }


def generate():
    write("training.json", [made(spec) for spec in CASES])
