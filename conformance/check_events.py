"""Opens the event files that the TensorBoard callback wrote, with TensorBoard's own reader, and compares them with a sidecar.

    python3 -m venv .venv-tb && .venv-tb/bin/pip install tensorboard
    .venv-tb/bin/python conformance/check_events.py logs [expected.json]

Without a sidecar it prints what it found, in the sidecar's format:

    {run: {"scalars": {tag: [[step, value], ...]}, "histograms": {tag: [[step, [[left, right, count], ...]], ...]},
           "images": {tag: [[step, width, height, [png size, ...]], ...]}, "graph": [node, ...] or null}}
"""

import json
import os
import struct
import sys
import zlib

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.graph import keras_util
from tensorboard.util import tensor_util

PNG = b"\x89PNG\r\n\x1a\n"


def rows(events):
    return [(e.step, tensor_util.make_ndarray(e.tensor_proto)) for e in events]


def png_size(data):
    """Width and height, after the checksums of all chunks have been compared."""
    assert data[:8] == PNG, data[:8]
    at = 8
    size = None
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + length]
        (crc,) = struct.unpack(">I", data[at + 8 + length : at + 12 + length])
        assert zlib.crc32(kind + body) == crc, kind
        if kind == b"IHDR":
            size = struct.unpack(">II", body[:8])
        at += 12 + length
    return size


def read(folder):
    run = EventAccumulator(folder, size_guidance={"tensors": 0})
    run.Reload()
    found = {"scalars": {}, "histograms": {}, "images": {}, "graph": None}
    for tag in run.Tags()["tensors"]:
        plugin = run.SummaryMetadata(tag).plugin_data.plugin_name
        events = rows(run.Tensors(tag))
        if plugin == "scalars":
            found["scalars"][tag] = [[step, float(value)] for step, value in events]
        elif plugin == "histograms":
            found["histograms"][tag] = [[step, value.tolist()] for step, value in events]
        elif plugin == "images":
            pictures = []
            for step, value in events:
                width, height = int(value[0]), int(value[1])
                assert all(png_size(png) == (width, height) for png in value[2:]), tag
                pictures.append([step, width, height, len(value) - 2])
            found["images"][tag] = pictures
        elif plugin == "graph_keras_model":
            config = json.loads(events[0][1].item())
            found["graph"] = [node.name for node in keras_util.keras_model_to_graph_def(config).node]
        else:
            sys.exit(f"unknown plugin {plugin} of {tag}")
    return found


def same(a, b):
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    if isinstance(a, float) or isinstance(b, float):
        return abs(a - b) <= 1e-6 * max(1, abs(a))
    return a == b


def main(folder, expected=None):
    found = {
        run: read(os.path.join(folder, run))
        for run in sorted(os.listdir(folder))
        if os.path.isdir(os.path.join(folder, run))
    }
    if expected is None:
        print(json.dumps(found))
        return
    with open(expected, encoding="utf-8") as file:
        wanted = json.load(file)
    for run, parts in wanted.items():
        for part, value in parts.items():
            if not same(value, found[run][part]):
                sys.exit(f"{run}/{part}: expected {value}, found {found[run][part]}")
    print("the event files hold what they should")


if __name__ == "__main__":
    main(*sys.argv[1:])
