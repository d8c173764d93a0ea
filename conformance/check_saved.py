"""Opens .keras files in real Keras and compares what they predict with what their writer predicted.

    .venv/bin/python conformance/check_saved.py model.keras [other.keras ...]

Beside each file lies a .json of the same name (see README.md):
    inputs       list of {shape, dtype, values}
    predictions  list of {shape, dtype, values}
    targets      the same, optional (null for outputs without a loss): then a compiled model continues with one training step
    loss         number, optional: what that step's loss must be
    changes      [{path, values}], optional: what that step must add to the float32 weights, in their order
    called       optional: call the model on the inputs as they are, in the place of `predict`

One line a file; the exit code is the number of files that failed (125 at most).
"""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
# Each model runs once or twice, and compiling it takes the time.
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")

import keras
import numpy as np

TOLERANCE = 1e-5  # relative to the largest output
LOSS_TOLERANCE = 1e-4
CHANGE_TOLERANCE = 1e-4  # relative to the largest change of a weight's elements
ROUNDING = 1e-6  # of a weight itself: what a smaller change may lose


class Failure(Exception):
    pass


def array(tensor):
    if tensor["dtype"] == "string":  # such models need KERAS_BACKEND=tensorflow
        import tensorflow as tf

        return tf.reshape(tf.constant(tensor["values"]), tensor["shape"])
    return np.asarray([float(v) for v in tensor["values"]]).astype(tensor["dtype"]).reshape(tensor["shape"])


def unlisted(items):
    return items[0] if len(items) == 1 else items


def compare(model, inputs, expected, called):
    given = unlisted(inputs)
    outputs = model(given, training=False) if called else model.predict(given, verbose=0)
    got = [np.asarray(y) for y in keras.tree.flatten(outputs)]
    if len(got) != len(expected):
        raise Failure(f"{len(got)} outputs, {len(expected)} expected")
    worst = 0.0
    for i, (mine, theirs) in enumerate(zip(got, expected)):
        if mine.shape != theirs.shape:
            raise Failure(f"output {i} has shape {mine.shape}, {theirs.shape} expected")
        if not np.array_equal(np.isfinite(mine), np.isfinite(theirs)):
            raise Failure(f"output {i}: NaN or infinity in different places")
        finite = np.isfinite(theirs)
        mine, theirs = mine[finite].astype(float), theirs[finite].astype(float)
        difference = np.abs(mine - theirs).max(initial=0.0) / np.abs(theirs).max(initial=1e-30)
        worst = max(worst, float(difference))
    if worst > TOLERANCE:
        raise Failure(f"predictions differ by {worst:.2e} of the output's scale ({TOLERANCE:.0e} allowed)")
    return f"predictions within {worst:.1e}"


def float_weights(model):
    return [v for v in model.weights if v.dtype == "float32"]


def compare_changes(variables, before, changes):
    if len(variables) != len(changes):
        raise Failure(f"{len(variables)} weights of float32, {len(changes)} expected")
    # What has no gradient but rounding (a bias before batch normalization) is small beside the changes of the others.
    noise = ROUNDING * max((abs(v) for change in changes for v in change["values"]), default=0.0)
    for variable, old, change in zip(variables, before, changes):
        theirs = np.asarray(change["values"], float)
        mine = (np.asarray(variable.value, float) - old).ravel()
        if mine.shape != theirs.shape:
            raise Failure(f"{variable.path} has {mine.size} elements, {change['path']} has {theirs.size}")
        allowed = CHANGE_TOLERANCE * np.abs(theirs).max(initial=0.0) + ROUNDING * np.abs(old).max(initial=0.0) + noise
        worst = np.abs(mine - theirs).max(initial=0.0)
        if not worst <= allowed:
            name = variable.path if variable.path == change["path"] else f"{variable.path} ({change['path']} here)"
            raise Failure(f"a further step changes {name} by {worst:.2e} more or less ({allowed:.0e} allowed)")


def train(model, inputs, targets, loss, changes):
    steps = int(model.optimizer.iterations)
    weights = float_weights(model)
    before = [np.array(v.value, float) for v in weights]
    result = model.train_on_batch(unlisted(inputs), unlisted(targets), return_dict=True)
    got = float(result["loss"])
    if not np.isfinite(got):
        raise Failure(f"the loss of a further step is {got}")
    if loss is not None and abs(got - loss) > LOSS_TOLERANCE * max(1, abs(loss)):
        raise Failure(f"the loss of a further step is {got}, {loss} expected")
    if int(model.optimizer.iterations) != steps + 1:
        raise Failure("a further step did not count")
    if changes is not None:
        compare_changes(weights, before, changes)
    elif loss is not None and all(np.array_equal(a, np.array(v.value)) for a, v in zip(before, weights)):
        raise Failure("a further step changed no weight")
    return f"step {steps + 1} with loss {got:.6g}"


def check(path):
    sidecar = json.loads(path.with_suffix(".json").read_text())
    inputs = [array(t) for t in sidecar["inputs"]]
    model = keras.saving.load_model(path)
    said = [compare(model, inputs, [array(t) for t in sidecar["predictions"]], sidecar.get("called", False))]
    if not model.compiled:
        said.append("not compiled")
    elif sidecar.get("targets"):
        targets = [None if t is None else array(t) for t in sidecar["targets"]]
        said.append(train(model, inputs, targets, sidecar.get("loss"), sidecar.get("changes")))
    else:
        said.append("compiled, no targets given")
    return ", ".join(said)


def main(names):
    if not names:
        sys.exit("usage: check_saved.py model.keras [other.keras ...]")
    failed = 0
    for name in names:
        try:
            print(f"ok   {name}: {check(Path(name))}", flush=True)
        except Exception as error:
            failed += 1
            said = " ".join(str(error).split())
            # The cause stands at the end, behind the whole configuration.
            said = said if len(said) <= 400 else f"{said[:100]} ... {said[-300:]}"
            print(f"FAIL {name}: {type(error).__name__}: {said}", flush=True)
    sys.exit(min(failed, 125))


if __name__ == "__main__":
    main(sys.argv[1:])
