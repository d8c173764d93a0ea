"""metrics_further.json: options, weights, dtypes and special values that metrics.json has no case of."""

import keras
import numpy as np

from .common import draw, random_of, same_config, tensor, tensors, uniform, write
from .losses import bits, labels, one_hot, positive, probabilities, signs, unit

ROWS, CLASSES = 6, 5
FLAT, WIDE = (ROWS, 3), (ROWS, CLASSES)
NAN = np.float32("nan")


def thresholds():
    both = {"num_thresholds": 12}
    for curve in ("ROC", "PR"):
        for how in ("interpolation", "minoring", "majoring"):
            for multi in (False, True):
                yield "AUC", {"curve": curve, "summation_method": how, "multi_label": multi, **both}, bits, unit, FLAT
        yield "AUC", {"curve": curve, "thresholds": [0.0, 0.5, 1.0]}, bits, unit, FLAT
        yield "AUC", {"curve": curve, "from_logits": True, "multi_label": True, **both}, bits, draw, FLAT
    for name, option in (
        ("SensitivityAtSpecificity", "specificity"),
        ("SpecificityAtSensitivity", "sensitivity"),
        ("PrecisionAtRecall", "recall"),
        ("RecallAtPrecision", "precision"),
    ):
        for at in (0.0, 0.3, 1.0):
            yield name, {option: at}, bits, unit, FLAT
        yield name, {option: 0.6, "num_thresholds": 1}, bits, unit, FLAT
        yield name, {option: 0.6, "num_thresholds": 2, "class_id": 0}, one_hot, probabilities, WIDE
    for name in ("Precision", "Recall"):
        yield name, {"thresholds": [0.1, 0.5, 0.9], "class_id": 2}, bits, unit, FLAT
        yield name, {"thresholds": [0.1, 0.5], "top_k": 2}, one_hot, probabilities, WIDE
        yield name, {"thresholds": 0.99}, bits, unit, FLAT
    for name in ("TruePositives", "TrueNegatives", "FalsePositives", "FalseNegatives"):
        yield name, {"thresholds": 0.0}, bits, unit, FLAT
        yield name, {"thresholds": [0.1, 0.5, 1.0]}, bits, unit, (2, 3, 2)


def averages():
    for name, more in (("F1Score", {}), ("FBetaScore", {"beta": 0.7})):
        for average in (None, "micro", "macro", "weighted"):
            for threshold in (None, 0.4):
                yield name, {"average": average, "threshold": threshold, **more}, bits, unit, FLAT
    for how in (None, "uniform_average", "variance_weighted_average"):
        for count in (0, 2):
            yield "R2Score", {"class_aggregation": how, "num_regressors": count}, draw, draw, FLAT
    yield "R2Score", {}, draw, draw, (ROWS, 1)


def unions():
    ids = lambda rng, shape: labels(rng, (*shape, 3))
    yield "IoU", {"num_classes": 3, "target_class_ids": [1]}, ids, ids, (4, 3)
    for sparse_true in (True, False):
        for sparse_pred in (True, False):
            # No other axis than the last one: Keras sums the results of the classes along it, too.
            make = lambda sparse: ids if sparse else (lambda rng, s: probabilities(rng, (*s, 3)))
            options = {"num_classes": 3, "sparse_y_true": sparse_true, "sparse_y_pred": sparse_pred}
            yield "MeanIoU", options, make(sparse_true), make(sparse_pred), (2, 3)
            yield "IoU", {**options, "target_class_ids": [0, 2]}, make(sparse_true), make(sparse_pred), (2, 3)
    yield "OneHotMeanIoU", {"num_classes": CLASSES, "ignore_class": 2}, one_hot, probabilities, WIDE
    yield "OneHotIoU", {"num_classes": CLASSES, "target_class_ids": [1], "ignore_class": 1}, one_hot, probabilities, WIDE
    yield "OneHotIoU", {"num_classes": CLASSES, "target_class_ids": [0], "sparse_y_pred": True}, one_hot, lambda rng, s: labels(rng, s), WIDE
    for threshold in (0.0, 0.9):
        yield "BinaryIoU", {"target_class_ids": [0, 1], "threshold": threshold}, bits, unit, FLAT
    yield "MeanIoU", {"num_classes": 7}, ids, ids, (4, 3)


def accuracies():
    tied = lambda rng, shape: rng.integers(0, 3, shape).astype("float32")
    holes = lambda rng, shape: np.where(rng.uniform(0, 1, shape) < 0.2, NAN, unit(rng, shape)).astype("float32")
    for k in (1, 5, 9):
        yield "TopKCategoricalAccuracy", {"k": k}, one_hot, tied, WIDE
        yield "SparseTopKCategoricalAccuracy", {"k": k}, labels, tied, WIDE
    for name, make in (("SparseTopKCategoricalAccuracy", labels), ("TopKCategoricalAccuracy", one_hot)):
        yield name, {"k": 2}, make, holes, WIDE
        yield name, {"k": 2}, make, unit, (2, 3, CLASSES)
    yield "SparseCategoricalAccuracy", {}, labels, holes, WIDE
    yield "CategoricalAccuracy", {}, one_hot, holes, WIDE
    yield "CategoricalAccuracy", {}, one_hot, unit, (2, 3, CLASSES)
    for threshold in (0.0, 0.999):
        yield "BinaryAccuracy", {"threshold": threshold}, bits, unit, (2, 3, 2)
    for kind in ("bool", "uint8", "int32"):
        yield "BinaryAccuracy", {}, lambda rng, s, kind=kind: bits(rng, s).astype(kind), unit, FLAT
        yield "Accuracy", {}, *[lambda rng, s, kind=kind: bits(rng, s).astype(kind)] * 2, FLAT
        yield "BinaryCrossentropy", {}, lambda rng, s, kind=kind: bits(rng, s).astype(kind), unit, FLAT
        yield "AUC", {"num_thresholds": 9}, lambda rng, s, kind=kind: bits(rng, s).astype(kind), unit, FLAT
    row = lambda rng, s: bits(rng, s[:1])
    column = lambda rng, s: unit(rng, (s[0], 1))
    for name in ("BinaryAccuracy", "MeanSquaredError", "AUC", "Precision"):
        yield name, {}, row, column, FLAT


def errors():
    for name in ("RootMeanSquaredError", "MeanAbsoluteError", "LogCoshError", "Hinge", "PearsonCorrelation", "ConcordanceCorrelation"):
        yield name, {}, draw, draw, (2, 3, 4)
    yield "CosineSimilarity", {"axis": 1}, draw, draw, FLAT
    yield "PearsonCorrelation", {"axis": 0}, draw, draw, FLAT
    yield "ConcordanceCorrelation", {"axis": 0}, draw, draw, FLAT
    yield "MeanAbsolutePercentageError", {}, lambda rng, s: np.zeros(s, "float32"), positive, FLAT
    yield "CategoricalHinge", {}, one_hot, draw, WIDE
    yield "SquaredHinge", {}, signs, draw, FLAT
    yield "SparseCategoricalCrossentropy", {"from_logits": True, "ignore_class": 1}, labels, draw, (2, 3, CLASSES)
    yield "SparseCategoricalCrossentropy", {"axis": 1, "from_logits": True}, labels, draw, (2, 3, 3)


def weights_for(rng, name, shape, y_true):
    """None, one weight, one a sample, and one an element where losses have them."""
    yield None
    yield np.float32(0.5)
    one_each = shape[:-1] if len(shape) == 3 else y_true.shape[:1]
    yield uniform(rng, one_each, 0, 2) if "IoU" not in name else np.round(uniform(rng, one_each, 0, 2))


def run(name, options, make_true, make_pred, shape, which):
    rng = random_of(f"metric {name} {sorted(options)} {shape}")
    metric = getattr(keras.metrics, name)(**options)
    updates, results = [], []
    for _ in range(2):
        y_true, y_pred = make_true(rng, shape), make_pred(rng, shape)
        weights = list(weights_for(rng, name, shape, y_true))[which]
        metric.update_state(y_true, y_pred, sample_weight=weights)
        given = tensors([y_true, y_pred, None if weights is None else np.asarray(weights)])
        updates.append(dict(zip(("y_true", "y_pred", "sample_weight"), given)))
        results.append(tensor(np.asarray(metric.result())))
    # Keras leaves some options out of its configurations.
    left_out = {k: options[k] for k in ("axis",) if k in options and name not in ("MeanIoU", "IoU")}
    return {
        "name": f"{name} {options} {shape} {which}".replace("'", ""),
        "class_name": name,
        "config": same_config({**metric.get_config(), **left_out}),
        "updates": updates,
        "results": results,
    }


def generate():
    cases = []
    for make in (thresholds, averages, unions, accuracies, errors):
        for i, row in enumerate(make()):
            # One kind of weights in turn, where losses of a row or an element have them.
            bare = "IoU" in row[0] and "OneHot" not in row[0] or "axis" in row[1]
            which = 0 if bare or ("IoU" in row[0] or "Score" in row[0]) and i % 3 == 1 else i % 3
            cases.append(run(*row, which))
    write("metrics_further.json", cases)
