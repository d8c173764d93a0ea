"""What the workers share: the protocol, the data, the clock."""

import json
import os
import statistics
import sys
import time
from pathlib import Path

WORKLOADS = json.loads((Path(__file__).parent / "workloads.json").read_text())
WARM_UP = 3


def limit_threads():
    """Call before a framework is imported: all of them take the number of cores they may run on."""
    threads = int(os.environ.get("PEER_THREADS", "2"))
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))[:threads]
        os.sched_setaffinity(0, cores)
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"):
        os.environ[name] = str(threads)
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["JAX_PLATFORMS"] = "cpu"
    return threads


def data_of(kind, batch):
    """Inputs and targets of a model's training step."""
    import numpy as np

    rng = np.random.default_rng(1)
    if kind == "xor":
        x = np.asarray([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
        return x, np.asarray([[0], [1], [1], [0]], np.float32)
    given = WORKLOADS["kinds"][kind]
    shape, tokens = (batch, *given["input"]), given.get("tokens")
    x = rng.random(shape, dtype=np.float32) if tokens is None else rng.integers(0, tokens, shape).astype(np.int32)
    labels = rng.integers(0, given["classes"], batch)
    return x, labels.astype(np.float32)[:, None] if given["classes"] == 2 else labels.astype(np.int32)


def conv_of(name):
    """The convolution of 'conv3x3-64-forward' and the like: its shape, direction and GFLOP."""
    key, direction = name.rsplit("-", 1)
    c = WORKLOADS["conv"][key]
    out = c["size"] if c["padding"] == "same" else c["size"] - c["window"] + 1
    flop = 2 * c["batch"] * out * out * (c["window"] * c["channels"]) ** 2
    return c, direction, out, flop * (2 if direction == "backward" else 1) / 1e9


def names():
    convolutions = [f"{c}-{d}" for c in WORKLOADS["conv"] for d in ("forward", "backward")]
    return [*WORKLOADS["models"], *WORKLOADS["matmul"], *convolutions]


def gflop_of(name):
    if name in WORKLOADS["matmul"]:
        return 2 * WORKLOADS["matmul"][name] ** 3 / 1e9
    return conv_of(name)[3] if name.startswith("conv") else None


def clock(step, reps):
    times, value = [], None
    for _ in range(reps):
        start = time.perf_counter()
        value = step()
        times.append((time.perf_counter() - start) * 1000)
    return times, value


def measure(modes, name, reps):
    """Times each mode, interleaved in four rounds, and says which was the fastest."""
    times, losses = {mode: [] for mode in modes}, {}
    rounds = min(4, reps)
    for i in range(rounds):
        for mode, step in modes.items():
            spent, losses[mode] = clock(step, reps // rounds + (i < reps % rounds))
            times[mode] += spent
    best = min(times, key=lambda mode: min(times[mode]))
    answer = {
        "ms": round(min(times[best]), 4),
        "median_ms": round(statistics.median(times[best]), 4),
        "mode": best,
        "modes": {mode: round(min(t), 4) for mode, t in times.items()},
    }
    gflop = gflop_of(name)
    if name in WORKLOADS["models"]:
        answer["loss"] = round(float(losses[best]), 5)  # it falls from one request to the next: the steps do train
    if gflop:
        answer["gflops"] = round(gflop / answer["ms"] * 1000, 1)
    return answer


def serve(backend, versions, prepare):
    """Answers requests until the input ends. prepare(name) gives {mode: function that does one whole step}."""
    prepared = {}
    print(json.dumps({"ready": backend, "versions": versions, "workloads": names()}), flush=True)
    for line in sys.stdin:
        if not line.strip():
            continue
        try:
            request = json.loads(line)
            name = request["workload"]
            answer = {"workload": name, "backend": backend, "reps": int(request.get("reps", 20))}
            if request.get("backend", backend) != backend:
                raise ValueError(f"this worker runs {backend}; start another one for {request['backend']}")
            if name not in names():
                raise ValueError(f"unknown workload; there are {', '.join(names())}")
            if name not in prepared:
                prepared[name] = warm(prepare(name))
            answer |= measure(prepared[name], name, answer["reps"])
        except Exception as error:
            said = f"{type(error).__name__}: {str(error)[:500]}"
            answer = {"request": line.strip(), "backend": backend, "error": said}
        print(json.dumps(answer), flush=True)


def warm(modes):
    """Runs each mode a few times. One that fails here is left out, unless all do."""
    good = {}
    for mode, step in modes.items():
        try:
            for _ in range(WARM_UP):
                step()
            good[mode] = step
        except Exception as error:
            print(f"mode {mode} left out: {type(error).__name__}: {str(error)[:300]}", file=sys.stderr)
    if not good:
        raise RuntimeError("every mode failed, see the error output")
    return good
