"""Writes names.json: the public names of Keras's modules, for `npm run features`.

    .venv/bin/python conformance/names.py
"""

import json
import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras

MODULES = """layers activations initializers losses metrics optimizers optimizers.schedules regularizers constraints callbacks
ops random utils tree models saving config dtype_policies visualization""".split()


def public(module):
    owner = keras
    for part in module.split("."):
        owner = getattr(owner, part)
    inner = {m.split(".")[-1] for m in MODULES if m.startswith(f"{module}.")}
    found = [n for n in dir(owner) if not n.startswith("_") and n not in inner]
    # ops.image, ops.linalg and the like are modules of their own, whose functions belong to ops.
    flat = [n for n in found if type(getattr(owner, n)).__name__ != "module"]
    deep = [
        f"{n}.{inside}"
        for n in found
        if type(getattr(owner, n)).__name__ == "module"
        for inside in dir(getattr(owner, n))
        if not inside.startswith("_") and callable(getattr(getattr(owner, n), inside)) and not hasattr(owner, inside)
    ]
    return sorted(flat + deep)


if __name__ == "__main__":
    answer = {"keras": keras.__version__, "modules": {m: public(m) for m in MODULES}}
    target = Path(__file__).parent / "names.json"
    target.write_text(json.dumps(answer, indent=1) + "\n")
