"""Training steps of Keras on TensorFlow, JAX or PyTorch: a worker.

    KERAS_BACKEND=jax .venv-peers/bin/python bench/peers/keras_steps.py

Reads lines {"workload", "backend"?, "reps"?} and answers each with a line (README.md). Single products and convolutions
are those of the backend itself; for PyTorch's see torch_steps.py.
"""

import os

import worker

THREADS = worker.limit_threads()
BACKEND = os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
from keras_models import model_of


def train_on_batch(kind, x, y):
    model = model_of(kind)
    return lambda: model.train_on_batch(x, y)


def steps_of(name):
    given = worker.WORKLOADS["models"].get(name)
    if given is None:
        return BACKEND_STEPS.kernels(name)
    kind = given["kind"]
    x, y = worker.data_of(kind, given["batch"])
    return {"train_on_batch": train_on_batch(kind, x, y), **BACKEND_STEPS.models(kind, x, y, model_of)}


if BACKEND == "tensorflow":
    import tensorflow_steps as BACKEND_STEPS
elif BACKEND == "jax":
    import jax_steps as BACKEND_STEPS
else:
    import torch_steps as TORCH_STEPS

    class BACKEND_STEPS:
        kernels = TORCH_STEPS.kernels

        def models(kind, x, y, model_of):
            import torch

            return {"tensors": train_on_batch(kind, torch.from_numpy(x), torch.from_numpy(y))}


if __name__ == "__main__":
    version = __import__(BACKEND).__version__
    worker.serve(BACKEND, {"keras": keras.__version__, BACKEND: version, "threads": THREADS}, steps_of)
