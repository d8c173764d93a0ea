"""Training steps written by hand in plain PyTorch: a worker. Protocol as in keras_steps.py.

    .venv-peers/bin/python bench/peers/torch_steps.py
"""

import shutil
from types import FunctionType

import worker

THREADS = worker.limit_threads()

import torch
import torch_models
from torch import nn

torch.set_num_threads(THREADS)
torch._dynamo.config.recompile_limit = 64  # the code of a module is that of every workload in which it stands


def models(kind, batch):
    """PyTorch's own way: softmax or sigmoid and cross-entropy as one loss, Adam in one fused kernel."""
    x, y = (torch.from_numpy(a) for a in worker.data_of(kind, batch))
    binary = worker.WORKLOADS["kinds"][kind]["classes"] == 2
    loss = nn.BCEWithLogitsLoss() if binary else nn.CrossEntropyLoss()
    y = y if binary else y.long()
    modes = {}
    for label, (build, layout) in torch_models.WAYS[kind].items():
        given = x if layout is None else x.permute(0, 3, 1, 2).contiguous(memory_format=layout)
        modes[label] = step_of(build, layout, loss, given, y, False)
        if shutil.which("g++") or shutil.which("clang++"):
            modes[f"{label}, torch.compile"] = step_of(build, layout, loss, given, y, True)
    return modes


def step_of(build, layout, loss, x, y, compiled):
    torch.manual_seed(1)
    model = build()
    if layout is not None:
        model = model.to(memory_format=layout)
    adam = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    objective = lambda x, y: loss(model(x), y)
    if compiled:
        objective = torch.compile(separate(objective), dynamic=False)

    def step():
        adam.zero_grad(set_to_none=True)
        value = objective(x, y)
        value.backward()
        adam.step()
        return value.item()

    return step


def separate(function):
    """With code of its own: torch.compile keeps at most so many versions of one code, and looks for the right one each time."""
    return FunctionType(function.__code__.replace(), function.__globals__, closure=function.__closure__)


def kernels(name):
    torch.manual_seed(1)
    if name.startswith("matmul"):
        n = worker.WORKLOADS["matmul"][name]
        a, b = torch.randn(n, n), torch.randn(n, n)
        return {"eager": lambda: torch.matmul(a, b)}
    c, direction, out, _ = worker.conv_of(name)
    modes = {}
    for label, layout in (("eager", torch.contiguous_format), ("channels last", torch.channels_last)):
        lay = lambda t: t.contiguous(memory_format=layout)
        x = lay(torch.randn(c["batch"], c["channels"], c["size"], c["size"]))
        w = lay(torch.randn(c["channels"], c["channels"], c["window"], c["window"]))
        g = lay(torch.randn(c["batch"], c["channels"], out, out))
        modes[label] = convolution(x, w, g, c["window"] // 2 if c["padding"] == "same" else 0, direction)
    return modes


def convolution(x, w, g, padding, direction):
    if direction == "forward":

        def forward():
            with torch.inference_mode():
                return torch.conv2d(x, w, padding=padding)

        return forward
    args = (None, [1, 1], [padding, padding], [1, 1], False, [0, 0], 1, [True, True, False])
    return lambda: torch.ops.aten.convolution_backward(g, x, w, *args)


def steps_of(name):
    given = worker.WORKLOADS["models"].get(name)
    return models(**given) if given else kernels(name)


if __name__ == "__main__":
    worker.serve("pytorch", {"torch": torch.__version__, "threads": THREADS}, steps_of)
