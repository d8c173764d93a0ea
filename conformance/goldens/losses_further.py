"""losses_further.json: weights of every shape that repeats, masks with every reduction, targets of other dtypes and ranks."""

import numpy as np

from .common import draw, random_of, uniform, write
from .losses import CLASSES, REDUCTIONS, bits, gaps, labels, one, one_hot, positive, probabilities, signs, unit


def weights_of_each_rank(rng):
    """Losses of shape (2, 3): weights that repeat along them."""
    y_true, y_pred = gaps(rng, (2, 3, 2)), draw(rng, (2, 3, 2))
    for shape in [(), (1,), (3,), (2, 1), (1, 3), (2, 3), (2, 3, 1)]:
        for reduction in REDUCTIONS:
            yield "MeanSquaredError", {}, reduction, y_true, y_pred, np.asarray(uniform(rng, shape, 0, 2))
    zero = np.zeros((2, 3), "float32")
    for reduction in REDUCTIONS:
        yield "MeanAbsoluteError", {}, reduction, y_true, y_pred, zero
        yield "MeanAbsoluteError", {}, reduction, y_true[:, 0], y_pred[:, 0], np.array([2, 1], "int32")
        yield "MeanAbsoluteError", {}, reduction, y_true[:, 0], y_pred[:, 0], np.array([True, False])


def masked(rng):
    mask = np.asarray([[1, 0, 1], [0, 1, 1]], bool)
    y_true, y_pred = gaps(rng, (2, 3, 2)), draw(rng, (2, 3, 2))
    for reduction in ("sum", "mean", "mean_with_sample_weight"):
        for weights in (None, uniform(rng, (2, 3), 0, 2), uniform(rng, (2, 1), 0, 2)):
            yield "MeanSquaredError", {}, reduction, y_true, y_pred, weights, mask
    yield "MeanSquaredError", {}, "sum_over_batch_size", y_true, y_pred, None, np.zeros((2, 3), bool)
    logits, classes = draw(rng, (2, 3, CLASSES)), labels(rng, (2, 3, CLASSES))
    ignoring = {"from_logits": True, "ignore_class": 1}
    for reduction in ("sum_over_batch_size", "none"):
        yield "SparseCategoricalCrossentropy", ignoring, reduction, classes, logits, None, mask


def dtypes(rng):
    for kind in ("bool", "uint8", "int32"):
        zeros_and_ones = bits(rng, (4, 2)).astype(kind)
        for name in ("BinaryCrossentropy", "BinaryFocalCrossentropy", "Hinge", "MeanSquaredError", "Dice", "Poisson"):
            yield name, {}, "sum_over_batch_size", zeros_and_ones, unit(rng, (4, 2)), None
    for kind in ("uint8", "int32", "float32"):
        classes = labels(rng, (4, CLASSES)).astype(kind)
        yield "SparseCategoricalCrossentropy", {}, "none", classes, probabilities(rng, (4, CLASSES)), None
        yield "SparseCategoricalCrossentropy", {}, "none", classes[:, None], probabilities(rng, (4, CLASSES)), None
    yield "CategoricalCrossentropy", {}, "none", one_hot(rng, (4, CLASSES)).astype("int32"), probabilities(rng, (4, CLASSES)), None


def ranks(rng):
    for name in ("MeanSquaredError", "MeanAbsoluteError", "Huber", "LogCosh", "BinaryCrossentropy", "Hinge", "Poisson"):
        y_true, y_pred = bits(rng, (4,)), unit(rng, (4,))
        yield name, {}, "sum_over_batch_size", y_true, y_pred[:, None], None
        yield name, {}, "none", y_true[:, None], y_pred, None
        yield name, {}, "none", y_true[:, None], y_pred[:, None], uniform(rng, (4,), 0, 2)
        yield name, {}, "none", y_true[:, None], y_pred[:, None], uniform(rng, (4, 1), 0, 2)


def numbers(rng):
    """Values that are no numbers, options at their ends."""
    nan = np.float32("nan")
    wrong = np.array([[nan, 1, 0], [0.5, 0.5, nan]], "float32")
    right = np.array([[0, 1, 0], [1, 0, 0]], "float32")
    for name in ("MeanSquaredError", "Huber", "CategoricalCrossentropy", "CosineSimilarity"):
        yield name, {}, "none", right, wrong, None
    yield "CosineSimilarity", {}, "none", np.zeros((2, 3), "float32"), draw(rng, (2, 3)), None
    yield "MeanAbsolutePercentageError", {}, "none", np.array([[0, 1e-9, -2]], "float32"), np.array([[1, 1, 1]], "float32"), None
    yield "Huber", {"delta": 2.0}, "none", gaps(rng, (3, 4)), draw(rng, (3, 4), 3.0), None
    yield "BinaryFocalCrossentropy", {"gamma": 0.0}, "none", bits(rng, (3, 2)), unit(rng, (3, 2)), None
    yield "BinaryFocalCrossentropy", {"apply_class_balancing": True, "from_logits": True}, "none", bits(rng, (3, 2)), draw(rng, (3, 2)), None
    yield "CategoricalFocalCrossentropy", {"alpha": [0.1, 0.2, 0.3, 0.4]}, "none", one_hot(rng, (3, CLASSES)), probabilities(rng, (3, CLASSES)), None
    yield "SparseCategoricalCrossentropy", {"ignore_class": -1}, "sum_over_batch_size", np.array([-1, 2, 1], "int32"), probabilities(rng, (3, CLASSES)), None
    yield "SparseCategoricalCrossentropy", {"ignore_class": 1}, "none", np.array([1, 1], "int32"), probabilities(rng, (2, CLASSES)), np.array([1, 2], "float32")
    yield "Tversky", {"alpha": 0.9, "beta": 0.1}, "none", bits(rng, (3, 4)), unit(rng, (3, 4)), None
    yield "Dice", {"axis": [1]}, "none", bits(rng, (3, 4)), unit(rng, (3, 4)), uniform(rng, (3,), 0, 2)
    yield "KLDivergence", {}, "none", probabilities(rng, (2, 3, 4)), probabilities(rng, (2, 3, 4)), uniform(rng, (2, 3), 0, 2)
    yield "SquaredHinge", {}, "sum", signs(rng, (3, 4)), draw(rng, (3, 4)), uniform(rng, (3,), 0, 2)
    yield "MeanSquaredLogarithmicError", {}, "mean", positive(rng, (3, 4)), positive(rng, (3, 4)), uniform(rng, (3,), 0, 2)


def sequences(rng):
    """Blanks among the labels, repetitions, no label, as many labels as steps."""
    targets = np.array([[1, 2, 0, 2], [1, 2, 1, 0], [2, 2, 2, 0], [0, 0, 0, 0], [0, 1, 0, 0], [1, 2, 1, 2]], "int32")
    yield "CTC", {}, "none", targets, draw(rng, (6, 6, 3)), None
    yield "CTC", {}, "none", targets[:2], draw(rng, (2, 4, 3)), None


def generate():
    cases = []
    for make in (weights_of_each_rank, masked, dtypes, ranks, numbers, sequences):
        for name, options, reduction, *given in make(random_of(f"losses further {make.__name__}")):
            case = one(name, options, reduction, *given)
            # Keras leaves some options out of its configurations.
            case["config"] = {**case["config"], **{k: v for k, v in options.items() if k in ("delta", "ignore_class")}}
            cases.append({**case, "name": f"{make.__name__}, {name} {len(cases)}"})
    write("losses_further.json", cases)
