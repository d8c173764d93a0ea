"""Opens .keras files in real Keras and compares what they predict with what their writer predicted.

    .venv/bin/python conformance/check_saved.py model.keras [other.keras ...]

Beside each file lies a .json of the same name (see README.md):
    inputs       list of {shape, dtype, values}
    predictions  list of {shape, dtype, values}
    targets      the same, optional: then a compiled model continues with one training step
    loss         number, optional: what that step's loss must be

One line a file; the exit code is the number of files that failed (125 at most).
"""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import keras
import numpy as np

TOLERANCE = 1e-5  # relative to the largest output
LOSS_TOLERANCE = 1e-4


class Failure(Exception):
    pass


def array(tensor):
    if tensor["dtype"] == "string":  # such models need KERAS_BACKEND=tensorflow
        import tensorflow as tf

        return tf.reshape(tf.constant(tensor["values"]), tensor["shape"])
    return np.asarray([float(v) for v in tensor["values"]]).astype(tensor["dtype"]).reshape(tensor["shape"])


def unlisted(items):
    return items[0] if len(items) == 1 else items


def compare(model, inputs, expected):
    got = keras.tree.flatten(model.predict(unlisted(inputs), verbose=0))
    if len(got) != len(expected):
        raise Failure(f"{len(got)} outputs, {len(expected)} expected")
    worst = 0.0
    for i, (mine, theirs) in enumerate(zip(got, expected)):
        if mine.shape != theirs.shape:
            raise Failure(f"output {i} has shape {mine.shape}, {theirs.shape} expected")
        if not np.array_equal(np.isfinite(mine), np.isfinite(theirs)):
            raise Failure(f"output {i}: NaN or infinity in different places")
        scale = np.abs(theirs[np.isfinite(theirs)]).max(initial=1e-30)
        difference = np.abs(mine - theirs)[np.isfinite(theirs)].max(initial=0.0) / scale
        worst = max(worst, float(difference))
    if worst > TOLERANCE:
        raise Failure(f"predictions differ by {worst:.2e} of the output's scale ({TOLERANCE:.0e} allowed)")
    return f"predictions within {worst:.1e}"


def train(model, inputs, targets, loss):
    steps = int(model.optimizer.iterations)
    before = [np.array(v.value) for v in model.trainable_variables]
    result = model.train_on_batch(unlisted(inputs), unlisted(targets), return_dict=True)
    got = float(result["loss"])
    if not np.isfinite(got):
        raise Failure(f"the loss of a further step is {got}")
    if loss is not None and abs(got - loss) > LOSS_TOLERANCE * max(1, abs(loss)):
        raise Failure(f"the loss of a further step is {got}, {loss} expected")
    if int(model.optimizer.iterations) != steps + 1:
        raise Failure("a further step did not count")
    if all(np.array_equal(a, np.array(v.value)) for a, v in zip(before, model.trainable_variables)):
        raise Failure("a further step changed no weight")
    return f"step {steps + 1} with loss {got:.6g}"


def check(path):
    sidecar = json.loads(path.with_suffix(".json").read_text())
    inputs = [array(t) for t in sidecar["inputs"]]
    model = keras.saving.load_model(path)
    said = [compare(model, inputs, [array(t) for t in sidecar["predictions"]])]
    if not model.compiled:
        said.append("not compiled")
    elif sidecar.get("targets"):
        said.append(train(model, inputs, [array(t) for t in sidecar["targets"]], sidecar.get("loss")))
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
            print(f"FAIL {name}: {type(error).__name__}: {' '.join(str(error).split())[:400]}", flush=True)
    sys.exit(min(failed, 125))


if __name__ == "__main__":
    main(sys.argv[1:])
