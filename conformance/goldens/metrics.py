"""metrics.json: several updates of each metric, with the result after each."""

import keras
import numpy as np

from .common import draw, random_of, same_config, tensor, tensors, uniform, values, write
from .losses import bits, extreme_unit, labels, one_hot, positive, probabilities, signs, unit

ROWS, CLASSES, BATCHES = 6, 5, 3
FLAT = (ROWS, 3)
WIDE = (ROWS, CLASSES)


def column(rng, shape):
    return bits(rng, (shape[0], 1))


def column_unit(rng, shape):
    return unit(rng, (shape[0], 1))


def class_ids(rng, shape):
    return rng.integers(0, CLASSES, shape[:1]).astype(np.int32)


def label_column(rng, shape):
    return labels(rng, shape)[:, None]


def tied(rng, shape):
    """Scores with many ties: tells which of equal scores counts as the first."""
    return rng.integers(0, 3, shape).astype(np.float32)


# class, options, maker of y_true, maker of y_pred, shape
TABLE = [
    ("Accuracy", {}, class_ids, class_ids, WIDE),
    ("BinaryAccuracy", {}, bits, unit, FLAT),
    ("BinaryAccuracy", {"threshold": 0.3}, column, column_unit, FLAT),
    ("CategoricalAccuracy", {}, one_hot, probabilities, WIDE),
    ("CategoricalAccuracy", {}, one_hot, tied, WIDE),
    ("SparseCategoricalAccuracy", {}, labels, probabilities, WIDE),
    ("SparseCategoricalAccuracy", {}, label_column, probabilities, WIDE),
    ("SparseCategoricalAccuracy", {}, labels, tied, WIDE),
    ("SparseCategoricalAccuracy", {}, labels, probabilities, (2, 3, CLASSES)),
    ("TopKCategoricalAccuracy", {"k": 2}, one_hot, probabilities, WIDE),
    ("TopKCategoricalAccuracy", {}, one_hot, probabilities, (ROWS, 8)),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, labels, probabilities, WIDE),
    ("SparseTopKCategoricalAccuracy", {"k": 3}, labels, tied, WIDE),
    ("MeanSquaredError", {}, draw, draw, FLAT),
    ("MeanSquaredError", {}, draw, draw, (2, 3, 4)),
    ("RootMeanSquaredError", {}, draw, draw, FLAT),
    ("MeanAbsoluteError", {}, draw, draw, FLAT),
    ("MeanAbsolutePercentageError", {}, positive, positive, FLAT),
    ("MeanSquaredLogarithmicError", {}, positive, positive, FLAT),
    ("LogCoshError", {}, draw, draw, FLAT),
    ("CosineSimilarity", {}, draw, draw, FLAT),
    ("R2Score", {}, draw, draw, FLAT),
    ("R2Score", {"class_aggregation": None, "num_regressors": 1}, draw, draw, FLAT),
    ("R2Score", {"class_aggregation": "variance_weighted_average"}, draw, draw, FLAT),
    ("PearsonCorrelation", {}, draw, draw, FLAT),
    ("ConcordanceCorrelation", {}, draw, draw, FLAT),
    ("KLDivergence", {}, probabilities, probabilities, WIDE),
    ("Poisson", {}, positive, positive, FLAT),
    ("BinaryCrossentropy", {}, bits, unit, FLAT),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, bits, draw, FLAT),
    ("CategoricalCrossentropy", {}, one_hot, probabilities, WIDE),
    ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, one_hot, draw, WIDE),
    ("SparseCategoricalCrossentropy", {}, labels, probabilities, WIDE),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, labels, draw, WIDE),
    ("SparseCategoricalCrossentropy", {"ignore_class": 2}, labels, probabilities, WIDE),
    ("Hinge", {}, signs, draw, FLAT),
    ("SquaredHinge", {}, bits, draw, FLAT),
    ("CategoricalHinge", {}, one_hot, draw, WIDE),
    *[
        (name, options, column, column_unit, FLAT)
        for name in ("TruePositives", "TrueNegatives", "FalsePositives", "FalseNegatives")
        for options in ({}, {"thresholds": [0.2, 0.8]})
    ],
    *[
        (name, options, true, pred, shape)
        for name in ("Precision", "Recall")
        for options, true, pred, shape in [
            ({}, column, column_unit, FLAT),
            ({"thresholds": [0.2, 0.6]}, column, column_unit, FLAT),
            ({"top_k": 2}, one_hot, probabilities, WIDE),
            ({"class_id": 1}, one_hot, probabilities, WIDE),
        ]
    ],
    ("AUC", {}, column, column_unit, FLAT),
    ("AUC", {"curve": "PR", "num_thresholds": 20}, column, column_unit, FLAT),
    ("AUC", {"summation_method": "minoring", "num_thresholds": 20}, column, column_unit, FLAT),
    ("AUC", {"summation_method": "majoring", "thresholds": [0.25, 0.5, 0.75]}, column, column_unit, FLAT),
    ("AUC", {"multi_label": True, "num_thresholds": 20}, bits, unit, FLAT),
    ("AUC", {"from_logits": True, "num_thresholds": 20}, column, lambda rng, s: draw(rng, (s[0], 1)), FLAT),
    ("SensitivityAtSpecificity", {"specificity": 0.5, "num_thresholds": 20}, column, column_unit, FLAT),
    ("SpecificityAtSensitivity", {"sensitivity": 0.5, "num_thresholds": 20}, column, column_unit, FLAT),
    ("PrecisionAtRecall", {"recall": 0.5, "num_thresholds": 20}, column, column_unit, FLAT),
    ("RecallAtPrecision", {"precision": 0.5, "num_thresholds": 20}, column, column_unit, FLAT),
    ("F1Score", {}, one_hot, probabilities, WIDE),
    ("F1Score", {"average": "micro", "threshold": 0.3}, bits, unit, FLAT),
    ("F1Score", {"average": "macro"}, one_hot, probabilities, WIDE),
    ("FBetaScore", {"beta": 2.0, "average": "weighted"}, one_hot, probabilities, WIDE),
    ("MeanIoU", {"num_classes": CLASSES}, class_ids, class_ids, WIDE),
    ("IoU", {"num_classes": CLASSES, "target_class_ids": [0, 2]}, class_ids, class_ids, WIDE),
    ("BinaryIoU", {"threshold": 0.4}, bits, unit, FLAT),
    ("OneHotIoU", {"num_classes": CLASSES, "target_class_ids": [1, 3]}, one_hot, probabilities, WIDE),
    ("OneHotMeanIoU", {"num_classes": CLASSES}, one_hot, probabilities, WIDE),
]


def sorted_ids(rng, shape):
    return np.argsort(-rng.uniform(0, 1, shape), axis=-1).astype(np.int32)


def swapped(make):
    """Classes along axis 1 of three."""

    def maker(rng, shape):
        return np.ascontiguousarray(np.swapaxes(make(rng, shape), 1, 2))

    maker.__name__ = f"swapped {make.__name__}"
    return maker


def with_unknown(rng, shape):
    ids = class_ids(rng, shape)
    ids[0] = -1
    return ids


CUBE = (2, 3, CLASSES)
TABLE += [
    *[
        ("AUC", {"curve": "PR", "summation_method": how, "num_thresholds": 10}, column, column_unit, FLAT)
        for how in ("minoring", "majoring")
    ],
    ("AUC", {"curve": "PR", "multi_label": True, "num_thresholds": 10}, bits, unit, FLAT),
    (
        "AUC",
        {"multi_label": True, "num_labels": 3, "label_weights": [1.0, 0.5, 2.0], "num_thresholds": 10},
        bits,
        unit,
        FLAT,
    ),
    ("AUC", {"thresholds": [0.1, 0.15, 0.9]}, bits, unit, FLAT),
    ("SensitivityAtSpecificity", {"specificity": 0.9, "num_thresholds": 9, "class_id": 1}, one_hot, probabilities, WIDE),
    ("SpecificityAtSensitivity", {"sensitivity": 0.9, "num_thresholds": 9, "class_id": 1}, one_hot, probabilities, WIDE),
    ("PrecisionAtRecall", {"recall": 0.9, "num_thresholds": 9, "class_id": 1}, one_hot, probabilities, WIDE),
    ("RecallAtPrecision", {"precision": 0.95, "num_thresholds": 9, "class_id": 1}, one_hot, probabilities, WIDE),
    ("Precision", {"top_k": 3, "class_id": 1}, one_hot, probabilities, WIDE),
    ("Recall", {"thresholds": 0.3, "top_k": 3, "class_id": 1}, one_hot, probabilities, WIDE),
    ("F1Score", {"average": "weighted", "threshold": 0.5}, bits, unit, FLAT),
    ("FBetaScore", {"beta": 0.5, "average": "micro", "threshold": 0.6}, bits, unit, FLAT),
    ("FBetaScore", {"beta": 3.0}, one_hot, tied, WIDE),
    ("SparseTopKCategoricalAccuracy", {"k": 2, "from_sorted_ids": True}, labels, sorted_ids, WIDE),
    ("IoU", {"num_classes": CLASSES, "target_class_ids": [0, 2], "ignore_class": 0}, class_ids, class_ids, WIDE),
    ("MeanIoU", {"num_classes": CLASSES, "ignore_class": -1}, with_unknown, class_ids, WIDE),
    ("MeanIoU", {"num_classes": CLASSES, "sparse_y_pred": False}, labels, probabilities, WIDE),
    ("MeanIoU", {"num_classes": CLASSES, "sparse_y_true": False}, one_hot, class_ids, WIDE),
    ("BinaryIoU", {"target_class_ids": [1]}, bits, unit, FLAT),
    ("OneHotMeanIoU", {"num_classes": CLASSES, "sparse_y_pred": True}, one_hot, class_ids, WIDE),
    ("BinaryCrossentropy", {"label_smoothing": 0.3}, bits, unit, FLAT),
    ("CategoricalCrossentropy", {"axis": 1}, swapped(one_hot), swapped(probabilities), CUBE),
    ("BinaryAccuracy", {}, bits, unit, (2, 3, 4)),
    ("R2Score", {"class_aggregation": None}, draw, draw, FLAT),
]
IOU = {"IoU", "MeanIoU", "BinaryIoU", "OneHotIoU", "OneHotMeanIoU"}  # these count in integers: whole weights only


def two_sided(name, options, make_true, make_pred, shape, weighted):
    rng = random_of(f"metric {name} {options} {make_pred.__name__} {shape}")
    metric = getattr(keras.metrics, name)(**options)
    updates, results = [], []
    for batch in range(BATCHES):
        y_true, y_pred = make_true(rng, shape), make_pred(rng, shape)
        weights = None
        if weighted:
            rows = shape[:-1] if len(shape) == 3 else y_true.shape if name == "BinaryIoU" else shape[:1]
            weights = uniform(rng, rows, 0, 2)
            if name in IOU:
                weights = np.round(weights)
        metric.update_state(y_true, y_pred, sample_weight=weights)
        updates.append(tensors([y_true, y_pred, weights]))
        results.append(tensor(np.asarray(metric.result())))
    # Keras gives an array of JAX here, which no file can hold.
    lists = {k: options[k] for k in ("label_weights",) if k in options}
    return {
        "class_name": name,
        "config": same_config({**metric.get_config(), **lists}),
        "updates": [dict(zip(("y_true", "y_pred", "sample_weight"), u)) for u in updates],
        "results": results,
    }


def one_sided(name, weighted):
    rng = random_of(f"metric {name}")
    metric = getattr(keras.metrics, name)()
    updates, results = [], []
    for shape in [(), (4,), (2, 3)]:
        x = draw(rng, shape)
        weights = uniform(rng, shape, 0, 2) if weighted else None
        metric.update_state(x, sample_weight=weights)
        updates.append(dict(zip(("values", "sample_weight"), tensors([x, weights]))))
        results.append(tensor(np.asarray(metric.result())))
    return {
        "class_name": name,
        "config": same_config(metric.get_config()),
        "updates": updates,
        "results": results,
    }


def generate():
    cases = [one_sided(name, weighted) for name in ("Mean", "Sum") for weighted in (False, True)]
    for row in TABLE:
        for weighted in (False, True):
            cases.append(two_sided(*row, weighted))
    for i, case in enumerate(cases):
        case["name"] = f"{case['class_name']} {i}"
    write("metrics.json", cases)
