"""HDF5 files with fletcher32 checksums, as the HDF5 library writes them: small, compressed, in base64."""

import base64
import io
import json
import zlib

import h5py
import numpy as np

from .common import ROOT

# The chunks have one element, an odd number of bytes, more words than are summed up at once, and filters before the checksum.
CASES = [
    ("one", "<i4", 1, 1, {}),
    ("odd", "u1", 33, 17, {}),
    ("float32", "<f4", 33, 16, {}),
    ("long", "<u2", 1500, 1500, {}),
    ("deflated", "<f4", 400, 400, {"compression": "gzip", "shuffle": True}),
]


def file_of(dtype, size, chunk, options):
    memory = io.BytesIO()
    with h5py.File(memory, "w", libver="earliest") as file:
        values = (np.arange(size) * 37 % 251).astype(dtype)
        group = file.create_group("layers/bias/vars")
        group.create_dataset("0", data=values, chunks=(chunk,), fletcher32=True, **options)
    return base64.b64encode(zlib.compress(memory.getvalue(), 9)).decode()


def generate():
    cases = [
        {"name": name, "dtype": dtype, "size": size, "chunk": chunk, "file": file_of(dtype, size, chunk, options)}
        for name, dtype, size, chunk, options in CASES
    ]
    (ROOT / "checksums.json").write_text(json.dumps({"cases": cases}, indent=1) + "\n")
