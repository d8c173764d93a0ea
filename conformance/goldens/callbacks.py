"""callbacks.json: what Keras's callbacks do with given courses of metrics, and Python's formats of numbers."""

import contextlib
import io
import os
import tempfile
import warnings

import keras
import numpy as np

from .common import write

COURSES = {
    "falling": [1.0, 0.8, 0.7, 0.65, 0.64, 0.639, 0.6389, 0.5],
    "plateau": [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5],
    "rising": [0.1, 0.2, 0.3, 0.2, 0.25, 0.31, 0.3, 0.29],
    "nan": [1.0, float("nan"), 0.9, 0.8, float("nan"), 0.7, 0.9, 0.9],
    "nan first": [float("nan"), 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3],
    "float32": [0.1, float(np.float32(0.1)), 0.09999999, 0.1, 0.2, 0.2, 0.2, 0.2],
}

STOPPING = [
    {},
    {"patience": 2},
    {"patience": 2, "mode": "max"},
    {"patience": 1, "min_delta": 0.05},
    {"patience": 3, "baseline": 0.66, "restore_best_weights": True},
    {"patience": 1, "start_from_epoch": 3, "restore_best_weights": True},
]

PLATEAU = [
    {"patience": 1},
    {"patience": 2, "factor": 0.5, "min_delta": 0.02},
    {"patience": 1, "cooldown": 2, "min_lr": 0.002},
    {"patience": 1, "mode": "max", "factor": 0.2, "min_delta": 0.0},
]

CHECKPOINT = [
    {},
    {"save_best_only": True},
    {"save_best_only": True, "mode": "max"},
    {"save_best_only": True, "initial_value_threshold": 0.66},
    {"save_freq": 3},
    {"save_freq": 3, "save_best_only": True},
]

LOGS = [
    [{"loss": 0.5, "accuracy": 0.25}, {"loss": 1e-07, "accuracy": 1.0}, {"accuracy": 0.1}],
    [{"loss": 0.5, "val_loss": 2.0}, {"loss": 1e16, "val_loss": float("nan")}, {"loss": float("inf"), "val_loss": -0.0}],
    [{"odd, name": 123456789.0, 'a"b': float(np.float32(0.1))}],
]

VALUES = [0.0, -0.0, 0.5, 1.5, 2.5, -0.125, 0.1, 123.456, 1e-5, 0.0001, 1e16, 123456789.0, 1e22, 2.675, float("nan"), float("inf")]
FLOAT_FORMATS = [
    "", ".2f", "08.3f", ".0f", "+.1f", ".3e", ".0e", "E", "g", ".3g", "G", "%", ".1%", ".3", "12", "<10.2f", "^11.3f", "*>9.1f", ",.2f", "_.1f", "=+9.2f", " .2f", "010", ".10g",
]
INTEGERS = [0, 7, -3, 1234567]
INTEGER_FORMATS = ["", "d", "02d", "04d", "+d", ",", "<6d", "^7d", ".2f", "e", "%", "x>5"]


class Model:
    """As much of a model as callbacks look at."""

    def __init__(self):
        self.optimizer = keras.optimizers.SGD(0.1)
        self.stop_training = False
        self.metrics = []
        self.epoch = None
        self.saved = []
        self.restored = None

    def get_weights(self):
        return self.epoch

    def set_weights(self, weights):
        self.restored = weights

    def save(self, path, overwrite=True):
        self.saved.append(os.path.basename(path))

    save_weights = save


def run(callback, course, batches=0):
    """Plays a course of the loss; gives the model and the epoch after which training stops."""
    model = Model()
    callback.set_model(model)
    callback.set_params({"epochs": len(course), "steps": batches, "verbose": 0})
    callback.on_train_begin({})
    last = 0
    rates = []
    for epoch, value in enumerate(course):
        model.epoch = epoch
        callback.on_epoch_begin(epoch, {})
        for batch in range(batches):
            callback.on_train_batch_end(batch, {"loss": value})
        callback.on_epoch_end(epoch, {"loss": value})
        rates.append(float(model.optimizer.learning_rate))
        last = epoch
        if model.stop_training:
            break
    callback.on_train_end({})
    return model, last, rates


def courses(make, table, describe, **kw):
    cases = []
    for options in table:
        for name, course in COURSES.items():
            model, last, rates = run(make(options), course, **kw)
            cases.append({"options": options, "course": name, **describe(model, last, rates)})
    return cases


def csv(logs, **options):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "log.csv")
        callback = keras.callbacks.CSVLogger(path, **options)
        callback.on_train_begin()
        for epoch, values in enumerate(logs):
            callback.on_epoch_end(epoch, values)
        callback.on_train_end()
        with open(path, newline="") as file:
            return file.read()


def number(x):
    return x if isinstance(x, int) or np.isfinite(x) else repr(x)


def formats():
    cases = []
    for values, specs in ((VALUES, FLOAT_FORMATS), (INTEGERS, INTEGER_FORMATS)):
        for spec in specs:
            cases.append({"kind": type(values[0]).__name__, "format": spec, "texts": [format(v, spec) for v in values]})
    return cases


def directions():
    """Metrics by name: whether more is better, where Keras knows."""
    found = {}
    needs = [{}, {"num_classes": 2}, {"num_classes": 2, "target_class_ids": [0]}, {"specificity": 0.5}]
    needs += [{"sensitivity": 0.5}, {"recall": 0.5}, {"precision": 0.5}]
    for name in sorted(vars(keras.metrics)):
        cls = getattr(keras.metrics, name)
        if not isinstance(cls, type) or not issubclass(cls, keras.metrics.Metric):
            continue
        for options in needs:
            with contextlib.suppress(TypeError):
                metric = cls(**options)
                if getattr(metric, "_direction", None) is not None:
                    found[metric.name] = metric._direction
                break
    return found


def generate():
    warnings.simplefilter("ignore")
    call = keras.callbacks
    with contextlib.redirect_stdout(io.StringIO()):
        content = {
            "courses": {k: [number(v) for v in course] for k, course in COURSES.items()},
            "early_stopping": courses(
                lambda o: call.EarlyStopping(monitor="loss", **o),
                STOPPING,
                lambda m, last, _: {"last": last, "restored": m.restored},
            ),
            "reduce_lr_on_plateau": courses(
                lambda o: call.ReduceLROnPlateau(monitor="loss", **o), PLATEAU, lambda _m, _l, rates: {"rates": rates}
            ),
            "model_checkpoint": courses(
                lambda o: call.ModelCheckpoint("{epoch:02d}-{loss:.3f}.keras", monitor="loss", **o),
                CHECKPOINT,
                lambda m, _l, _r: {"saved": m.saved},
                batches=4,
            ),
            "csv_logger": [{"logs": [{k: number(v) for k, v in row.items()} for row in logs], "text": csv(logs)} for logs in LOGS]
            + [{"logs": LOGS[0], "separator": ";", "text": csv(LOGS[0], separator=";")}],
            "directions": directions(),
            "values": {"float": [number(v) if v != 0 or np.copysign(1, v) > 0 else "-0.0" for v in VALUES], "int": INTEGERS},
            "formats": formats(),
        }
    write("callbacks.json", [{"name": name, **({"cases": part} if isinstance(part, list) else part)} for name, part in content.items()])
