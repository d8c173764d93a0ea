"""losses.json: every class of keras.losses: value and gradient with respect to y_pred."""

import jax
import jax.numpy as jnp
import keras
import numpy as np

from .common import draw, random_of, same_config, tensor, uniform, write

ROWS, CLASSES = 5, 4


def probabilities(rng, shape):
    p = rng.uniform(0.05, 1, shape)
    return np.round(p / p.sum(-1, keepdims=True), 4).astype(np.float32)


def one_hot(rng, shape):
    return np.eye(shape[-1], dtype=np.float32)[rng.integers(0, shape[-1], shape[:-1])]


def labels(rng, shape):
    return rng.integers(0, shape[-1], shape[:-1]).astype(np.int32)


def bits(rng, shape):
    return rng.integers(0, 2, shape).astype(np.float32)


def signs(rng, shape):
    return (rng.integers(0, 2, shape) * 2 - 1).astype(np.float32)


def unit(rng, shape):
    return uniform(rng, shape, 0.02, 0.98)


def extreme_unit(rng, shape):
    p = unit(rng, shape)
    p.flat[:4] = [0, 1, 0, 1]
    return p


def extreme_rows(rng, shape):
    p = probabilities(rng, shape)
    p[0] = np.eye(shape[-1])[0]
    p[1] = np.eye(shape[-1])[1]
    return p


def extreme_logits(rng, shape):
    z = draw(rng, shape, 2.0)
    z.flat[:6] = [100, -100, 40, -40, 1000, -1000]
    return z


def positive(rng, shape):
    return uniform(rng, shape, 0.1, 3)


def gaps(rng, shape):
    """Targets that stay clear of the kinks of absolute values."""
    return draw(rng, shape, 2.0)


# class, options, maker of y_true, maker of y_pred, shape
TABLE = [
    ("MeanSquaredError", {}, gaps, draw, (ROWS, 3)),
    ("MeanSquaredError", {}, gaps, draw, (3, 2, 4)),
    ("MeanAbsoluteError", {}, gaps, draw, (ROWS, 3)),
    ("MeanAbsolutePercentageError", {}, gaps, draw, (ROWS, 3)),
    ("MeanSquaredLogarithmicError", {}, positive, positive, (ROWS, 3)),
    ("MeanSquaredLogarithmicError", {}, gaps, draw, (ROWS, 3)),
    ("Huber", {}, gaps, draw, (ROWS, 3)),
    ("Huber", {"delta": 0.5}, gaps, draw, (ROWS, 3)),
    ("LogCosh", {}, gaps, draw, (ROWS, 3)),
    ("LogCosh", {}, gaps, extreme_logits, (ROWS, 3)),
    ("CosineSimilarity", {}, gaps, draw, (ROWS, 3)),
    ("CosineSimilarity", {"axis": 1}, gaps, draw, (2, 3, 4)),
    ("Poisson", {}, positive, positive, (ROWS, 3)),
    ("KLDivergence", {}, probabilities, probabilities, (ROWS, CLASSES)),
    ("KLDivergence", {}, one_hot, extreme_rows, (ROWS, CLASSES)),
    ("Hinge", {}, signs, draw, (ROWS, 3)),
    ("Hinge", {}, bits, draw, (ROWS, 3)),
    ("SquaredHinge", {}, signs, draw, (ROWS, 3)),
    ("SquaredHinge", {}, bits, draw, (ROWS, 3)),
    ("CategoricalHinge", {}, one_hot, draw, (ROWS, CLASSES)),
    ("BinaryCrossentropy", {}, bits, unit, (ROWS, 3)),
    ("BinaryCrossentropy", {}, bits, extreme_unit, (ROWS, 3)),
    ("BinaryCrossentropy", {"from_logits": True}, bits, extreme_logits, (ROWS, 3)),
    ("BinaryCrossentropy", {"label_smoothing": 0.2}, bits, unit, (ROWS, 3)),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, bits, draw, (ROWS, 1)),
    ("BinaryFocalCrossentropy", {}, bits, unit, (ROWS, 3)),
    ("BinaryFocalCrossentropy", {"apply_class_balancing": True, "alpha": 0.3, "gamma": 1.5}, bits, unit, (ROWS, 3)),
    ("BinaryFocalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, bits, draw, (ROWS, 3)),
    ("CategoricalCrossentropy", {}, one_hot, probabilities, (ROWS, CLASSES)),
    ("CategoricalCrossentropy", {}, one_hot, positive, (ROWS, CLASSES)),
    ("CategoricalCrossentropy", {}, one_hot, extreme_rows, (ROWS, CLASSES)),
    ("CategoricalCrossentropy", {"from_logits": True}, one_hot, extreme_logits, (ROWS, CLASSES)),
    ("CategoricalCrossentropy", {"label_smoothing": 0.2}, one_hot, probabilities, (ROWS, CLASSES)),
    ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, one_hot, draw, (2, 3, CLASSES)),
    ("CategoricalFocalCrossentropy", {}, one_hot, probabilities, (ROWS, CLASSES)),
    ("CategoricalFocalCrossentropy", {"alpha": 0.5, "gamma": 1.0}, one_hot, probabilities, (ROWS, CLASSES)),
    ("CategoricalFocalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, one_hot, draw, (ROWS, CLASSES)),
    ("CategoricalGeneralizedCrossEntropy", {}, labels, probabilities, (ROWS, CLASSES)),
    ("CategoricalGeneralizedCrossEntropy", {"q": 0.7}, labels, probabilities, (ROWS, CLASSES)),
    ("SparseCategoricalCrossentropy", {}, labels, probabilities, (ROWS, CLASSES)),
    ("SparseCategoricalCrossentropy", {}, labels, positive, (ROWS, CLASSES)),
    ("SparseCategoricalCrossentropy", {}, labels, extreme_rows, (ROWS, CLASSES)),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, labels, extreme_logits, (ROWS, CLASSES)),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, labels, draw, (2, 3, CLASSES)),
    ("SparseCategoricalCrossentropy", {"ignore_class": 1}, labels, probabilities, (ROWS, CLASSES)),
    ("SparseCategoricalCrossentropy", {"ignore_class": 1, "from_logits": True}, labels, draw, (2, 3, CLASSES)),
    ("Dice", {}, bits, unit, (3, 4, 2)),
    ("Dice", {"axis": [1, 2]}, bits, unit, (3, 4, 2)),
    ("Tversky", {}, bits, unit, (3, 4, 2)),
    ("Tversky", {"alpha": 0.3, "beta": 0.7, "axis": [1, 2]}, bits, unit, (3, 4, 2)),
    ("Circle", {}, lambda rng, s: np.asarray([0, 1, 0, 2, 1, 2], np.int32), draw, (6, 3)),
    ("Circle", {"gamma": 32.0, "margin": 0.25}, lambda rng, s: np.asarray([0, 1, 0, 2, 1, 2], np.int32), draw, (6, 3)),
    ("CTC", {}, lambda rng, s: np.asarray([[1, 2, 2], [3, 1, 0]], np.int32), draw, (2, 8, 4)),
]


def swapped(make):
    """Classes along axis 1 of three."""

    def maker(rng, shape):
        return np.ascontiguousarray(np.swapaxes(make(rng, shape), 1, 2))

    maker.__name__ = f"swapped {make.__name__}"
    return maker


CUBE = (2, 3, CLASSES)
ALONG = [
    ("BinaryCrossentropy", {"axis": 1}, bits, unit, CUBE),
    ("BinaryFocalCrossentropy", {"axis": 1}, bits, unit, CUBE),
    ("CategoricalCrossentropy", {"axis": 1}, swapped(one_hot), swapped(probabilities), CUBE),
    ("CategoricalCrossentropy", {"axis": 1, "from_logits": True}, swapped(one_hot), draw, (2, CLASSES, CLASSES)),
    ("CategoricalFocalCrossentropy", {"axis": 1}, swapped(one_hot), swapped(probabilities), CUBE),
    # Keras wants targets of the shape of the predictions without the last axis, whichever axis is named.
    ("SparseCategoricalCrossentropy", {"axis": 1}, labels, swapped(probabilities), (2, CLASSES, CLASSES)),
    ("SparseCategoricalCrossentropy", {"axis": 1, "from_logits": True}, labels, draw, (2, CLASSES, CLASSES)),
    (
        "Circle",
        {"remove_diagonal": False},
        lambda rng, s: np.asarray([0, 1, 0, 2, 1, 2], np.int32),
        lambda rng, s: normalised_rows(draw(rng, s)),
        (6, 3),
    ),
]
REDUCTIONS = ["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none"]


def normalised_rows(x):
    return (x / np.linalg.norm(x, axis=-1, keepdims=True)).astype(np.float32)


def one(name, options, reduction, y_true, y_pred, sample_weight, mask=None):
    keras.utils.clear_session()
    if "axis" in options and isinstance(options["axis"], list):
        options = {**options, "axis": tuple(options["axis"])}
    loss = getattr(keras.losses, name)(**options, reduction=reduction)

    def compute(p):
        if mask is not None:
            keras.src.backend.set_keras_mask(p, jnp.asarray(mask))
        return loss(y_true, p, sample_weight=sample_weight)

    p = jnp.asarray(y_pred)
    value = np.asarray(compute(p))
    rng = random_of(f"loss gradient {name}")
    out_gradient = draw(rng, value.shape) if value.shape else np.float32(1)
    gradient = jax.grad(lambda q: jnp.sum(compute(q) * out_gradient))(p)
    # Keras leaves the axis of this class out; its `from_config` takes it.
    left_out = {"axis": options["axis"]} if name.startswith("Sparse") and "axis" in options else {}
    case = {
        "class_name": name,
        "config": same_config({**loss.get_config(), **left_out}),
        "y_true": tensor(y_true),
        "y_pred": tensor(y_pred),
        "sample_weight": None if sample_weight is None else tensor(sample_weight),
        "value": tensor(value),
        "output_gradient": tensor(out_gradient),
        "gradient": tensor(gradient),
    }
    if mask is not None:
        case["mask"] = tensor(mask)
    return case


def generate():
    cases = []
    for name, options, make_true, make_pred, shape in TABLE:
        rng = random_of(f"loss {name} {options} {make_pred.__name__} {shape}")
        y_true, y_pred = make_true(rng, shape), make_pred(rng, shape)
        if name == "Circle":
            y_pred = normalised_rows(y_pred)
        cases.append(one(name, options, "sum_over_batch_size", y_true, y_pred, None))
        each = one(name, options, "none", y_true, y_pred, None)
        cases.append(each)
        # Keras multiplies by the weights as NumPy would, after adding or dropping a last axis of 1: (batch,) weights
        # for losses of shape (batch, steps) are refused, so the weights have the shape of the unreduced loss.
        weights = uniform(rng, each["value"]["shape"], 0, 2)
        if weights.shape:
            for reduction in REDUCTIONS:
                cases.append(one(name, options, reduction, y_true, y_pred, weights))
    rng = random_of("loss masks")
    for name in ("MeanSquaredError", "SparseCategoricalCrossentropy"):
        make = labels if name.startswith("Sparse") else gaps
        y_true, y_pred = make(rng, (2, 3, CLASSES)), draw(rng, (2, 3, CLASSES))
        options = {"from_logits": True} if name.startswith("Sparse") else {}
        mask = np.asarray([[1, 0, 1], [0, 1, 1]], bool)
        for weights in (None, uniform(rng, (2, 3), 0, 2)):
            for reduction in ("sum_over_batch_size", "none"):
                cases.append(one(name, options, reduction, y_true, y_pred, weights, mask))
    for name, options, make_true, make_pred, shape in ALONG:
        rng = random_of(f"loss {name} {options}")
        y_true, y_pred = make_true(rng, shape), make_pred(rng, shape)
        for reduction in ("sum_over_batch_size", "none"):
            cases.append(one(name, options, reduction, y_true, y_pred, None))
    for i, case in enumerate(cases):
        case["name"] = f"{case['class_name']} {i}"
    covered = {c["class_name"] for c in cases}
    known = {n for n in dir(keras.losses) if isinstance(getattr(keras.losses, n), type)} - {"Loss"}
    assert covered == known, covered ^ known
    write("losses.json", cases)
