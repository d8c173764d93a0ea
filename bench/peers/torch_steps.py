"""Training steps written by hand in plain PyTorch: a worker. Protocol as in keras_steps.py.

    .venv-peers/bin/python bench/peers/torch_steps.py
"""

import shutil

import worker

THREADS = worker.limit_threads()

import torch
from torch import nn

torch.set_num_threads(THREADS)


def mlp():
    body = []
    for width in (784, 512):
        body += [nn.Linear(width, 512), nn.ReLU(), nn.Dropout(0.2)]
    return nn.Sequential(*body, nn.Linear(512, 10))


def cnn():
    body = []
    for channels in (1, 64):
        body += [nn.Conv2d(channels, 64, 5), nn.ReLU(), nn.MaxPool2d(2)]
    body += [nn.Flatten(), nn.Linear(1024, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10)]
    return nn.Sequential(*body)


def xor():
    return nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))


BUILD = {"mlp": mlp, "cnn": cnn, "xor": xor}


def models(kind, batch):
    """PyTorch's own way: softmax or sigmoid and cross-entropy as one loss, Adam in one fused kernel."""
    x, y = (torch.from_numpy(a) for a in worker.data_of(kind, batch))
    loss = nn.BCEWithLogitsLoss() if kind == "xor" else nn.CrossEntropyLoss()
    if kind == "cnn":
        x = x.permute(0, 3, 1, 2)
    y = y if kind == "xor" else y.long()
    formats = [torch.contiguous_format, torch.channels_last] if kind == "cnn" else [torch.contiguous_format]
    modes = {}
    for layout in formats:
        label = "channels last" if layout == torch.channels_last else "eager"
        modes[label] = step_of(kind, loss, x.contiguous(memory_format=layout), y, layout, False)
        if shutil.which("g++") or shutil.which("clang++"):
            modes[f"{label}, torch.compile"] = step_of(
                kind, loss, x.contiguous(memory_format=layout), y, layout, True
            )
    return modes


def step_of(kind, loss, x, y, layout, compiled):
    torch.manual_seed(1)
    model = BUILD[kind]().to(memory_format=layout)
    adam = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    objective = lambda x, y: loss(model(x), y)
    if compiled:
        objective = torch.compile(objective)

    def step():
        adam.zero_grad(set_to_none=True)
        value = objective(x, y)
        value.backward()
        adam.step()
        return value.item()

    return step


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
