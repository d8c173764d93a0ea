"""families/<name>.keras with <name>.json: small models, each with the layers of one kind in many ways: inputs, predictions."""

import json
import zipfile

import keras

from ..common import ROOT, random_of, tensors
from ..layers import set_weights
from . import adapters, images, steps, structure, vectors

FOLDER = ROOT / "families"
TABLES = [steps, images, vectors, structure, adapters]


def weights_of(rng, model):
    """Every weight gets numbers of its own: two that changed places would be seen."""
    for layer in model._flatten_layers(include_self=False):
        if not isinstance(layer, (keras.layers.Normalization, keras.layers.Discretization)):
            for variable in layer._trainable_variables + layer._non_trainable_variables:
                set_weights(rng, Holder([variable]))


class Holder:
    def __init__(self, weights):
        self.weights = weights


def save_small(model, path):
    """Keras's members in an archive that is compressed: a file of HDF5 is mostly zeros."""
    model.save(path)
    with zipfile.ZipFile(path) as archive:
        members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED, 9)


def record(name, make):
    keras.utils.clear_session()
    keras.utils.set_random_seed(7)
    rng = random_of(f"family {name}")
    model, inputs = make(rng)
    model.name = name
    weights_of(rng, model)
    save_small(model, FOLDER / f"{name}.keras")
    predictions = keras.tree.flatten(model.predict(inputs[0] if len(inputs) == 1 else inputs, verbose=0))
    body = {
        "keras": keras.__version__,
        "backend": keras.backend.backend(),
        "inputs": tensors(inputs),
        "predictions": tensors(predictions),
        "paths": [v.path for v in model.weights if v.dtype == "float32"],
    }
    (FOLDER / f"{name}.json").write_text(json.dumps(body, separators=(",", ":"), allow_nan=False) + "\n")


def generate():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for table in TABLES:
        for make in table.MODELS:
            record(make.__name__, make)
