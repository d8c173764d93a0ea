"""utilities.json: shuffles of NumPy and Python, padded sequences, and which files of a folder Keras takes for what."""

import contextlib
import copy
import io
import os
import random
import tempfile

import keras
import numpy as np
from keras.src.utils import dataset_utils

from .common import tensor, write

SEEDS = [0, 1, 42, 1337, 2**32 - 1]
LENGTHS = [0, 1, 2, 5, 16, 17, 33]
LONG = [2**32, 2**40 + 7]

SEQUENCES = {
    "ragged": [[1], [2, 3], [4, 5, 6], []],
    "fractions": [[1.5, -1.5], [2.9]],
    "rows": [[[1, 2]], [[3, 4], [5, 6], [7, 8]]],
}
PADDING = [
    {},
    {"maxlen": 2},
    {"maxlen": 2, "truncating": "post"},
    {"maxlen": 5, "padding": "post", "value": -1},
    {"maxlen": 3, "padding": "post", "truncating": "post", "dtype": "float32", "value": 0.5},
]

FILES = [
    *[f"neg/{i}.txt" for i in range(7)],
    *[f"pos/{i}.TXT" for i in range(5)],
    "pos/deep/z.txt",
    "pos/deep.txt",
    "pos/notes.md",
    "Upper/a.txt",
    ".hidden/b.txt",
    "top.txt",
]


def numpy_shuffled(n, seed):
    items = list(range(n))
    np.random.RandomState(seed).shuffle(items)
    return items


def python_shuffled(n, seed):
    items = list(range(n))
    random.seed(seed)
    random.shuffle(items)
    return items


def directory(options, split=None):
    with tempfile.TemporaryDirectory() as folder:
        for name in FILES:
            path = os.path.join(folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as file:
                file.write(name)
        with contextlib.redirect_stdout(io.StringIO()):
            paths, labels, names = dataset_utils.index_directory(folder, formats=(".txt",), **options)
            parts = {}
            for subset in ("training", "validation") if split else ("all",):
                part = (paths, labels) if not split else dataset_utils.get_training_or_validation_split(
                    paths, labels, split, subset
                )
                parts[subset] = {
                    "paths": [os.path.relpath(p, folder).replace(os.sep, "/") for p in part[0]],
                    "labels": None if part[1] is None else [int(v) for v in part[1]],
                }
    return {"class_names": names, **parts}


def generate():
    padded = []
    for name, sequences in SEQUENCES.items():
        for options in PADDING:
            result = keras.utils.pad_sequences(sequences, **options)
            padded.append({"sequences": sequences, "options": options, "result": tensor(result)})
    folders = []
    for options, split in [
        ({"labels": "inferred", "shuffle": False}, None),
        ({"labels": "inferred", "shuffle": True, "seed": 5}, 0.3),
        ({"labels": "inferred", "shuffle": True, "seed": 9, "class_names": ["pos", "neg"]}, 0.5),
        ({"labels": None, "shuffle": True, "seed": 3}, None),
        ({"labels": [3, 1] * 8 + [1], "shuffle": True, "seed": 3}, None),
    ]:
        folders.append({"options": options, "split": split, **directory(copy.deepcopy(options), split)})
    write(
        "utilities.json",
        [
            {"name": "numpy", "cases": [[n, s, numpy_shuffled(n, s)] for n in LENGTHS for s in SEEDS]},
            {"name": "python", "cases": [[n, s, python_shuffled(n, s)] for n in LENGTHS for s in SEEDS + LONG]},
            {"name": "pad_sequences", "cases": padded},
            {"name": "directories", "files": FILES, "cases": folders},
        ],
    )
