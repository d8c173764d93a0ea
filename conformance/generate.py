"""Makes the golden files: what real Keras 3 computes for small, fixed inputs.

    .venv/bin/python conformance/generate.py                 all families
    .venv/bin/python conformance/generate.py losses metrics  some of them

The formats are described in conformance/README.md. Running it again gives the same files.
"""

import importlib
import os
import sys
import time

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"

FAMILIES = [
    "activations",
    "losses",
    "losses_further",
    "layers",
    "specials",
    "recurrent",
    "masks",
    "metrics",
    "metrics_further",
    "optimizers",
    "schedules",
    "initializers",
    "regularizers",
    "constraints",
    "models",
    "families",
    "training",
    "summaries",
    "operations",
    "ops_numpy",
    "ops_elementwise",
    "ops_arrays",
    "ops_reduce",
    "ops_nn",
    "ops_control",
    "linalg",
    "eig",
    "image_ops",
    "image_layers",
    "checksums",
    "callbacks",
    "utilities",
    "random_draws",
    "attention",
    "mixed",
    "boxes",
    "pictures",
]


def main(names):
    unknown = [name for name in names if name not in FAMILIES]
    if unknown:
        sys.exit(f"unknown family {', '.join(unknown)}; there are {', '.join(FAMILIES)}")
    for name in names or FAMILIES:
        start = time.time()
        importlib.import_module(f"goldens.{name}").generate()
        print(f"{name}: {time.time() - start:.1f} s", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
