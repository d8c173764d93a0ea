"""The networks in plain PyTorch, up to the logits, in the ways in which its users write them for speed."""

import torch
from torch import nn
from torch.nn import functional as F


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


class Reader(nn.Module):
    """An embedding, a recurrent layer's last state, a logit."""

    def __init__(self, cell, both_ways=False, time_first=False):
        super().__init__()
        self.time_first = time_first
        self.embedding = nn.Embedding(2000, 5)
        self.recurrent = cell(5, 50, batch_first=not time_first, bidirectional=both_ways)
        self.head = nn.Linear(100 if both_ways else 50, 1)

    def forward(self, tokens):
        x = self.embedding(tokens.t() if self.time_first else tokens)
        _, state = self.recurrent(x)
        hidden = state[0] if isinstance(state, tuple) else state
        return self.head(hidden.transpose(0, 1).flatten(1))


class Heads(nn.Module):
    """Self-attention by hand: one product for queries, keys and values, and PyTorch's fused attention."""

    def __init__(self):
        super().__init__()
        self.inward, self.outward = nn.Linear(128, 3 * 128), nn.Linear(128, 128)

    def forward(self, x):
        batch, places, _ = x.shape
        q, k, v = self.inward(x).view(batch, places, 3, 4, 32).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v)
        return self.outward(mixed.transpose(1, 2).reshape(batch, places, 128))


class LibraryHeads(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(128, 4, batch_first=True)

    def forward(self, x):
        return self.attention(x, x, x, need_weights=False)[0]


class Transformer(nn.Module):
    def __init__(self, attention):
        super().__init__()
        self.attention = attention()
        self.inner = nn.Sequential(nn.Linear(128, 512), nn.ReLU(), nn.Linear(512, 128))
        self.first, self.second = (nn.LayerNorm(128, eps=1e-3) for _ in range(2))
        self.head = nn.Linear(128, 10)

    def forward(self, x):
        x = self.first(x + self.attention(x))
        return self.head(self.second(x + self.inner(x)).mean(1))


def normalized(*layers):
    return nn.Sequential(*layers, nn.BatchNorm2d(64, eps=1e-3, momentum=0.01))


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.before = nn.Conv2d(64, 64, 1)
        self.one, self.two = (normalized(nn.Conv2d(64, 64, 3, padding=1)) for _ in range(2))
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        x = self.before(x)
        x = F.relu(self.two(F.relu(self.one(x))) + x)
        return self.head(x.mean((2, 3)))


def separable():
    body = [nn.Conv2d(64, 64, 1)]
    for _ in range(2):
        depthwise = nn.Conv2d(64, 64, 3, padding=1, groups=64, bias=False)
        body += [normalized(depthwise, nn.Conv2d(64, 64, 1)), nn.ReLU()]
    return nn.Sequential(*body, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


LAYOUTS = {"eager": torch.contiguous_format, "channels last": torch.channels_last}


def plain(build):
    return {"eager": (build, None)}


def images(build):
    """In both layouts; `None` leaves data that is no image as it is."""
    return {label: (build, layout) for label, layout in LAYOUTS.items()}


def reader(cell, **options):
    return {
        "eager": (lambda: Reader(cell, **options), None),
        "time first": (lambda: Reader(cell, time_first=True, **options), None),
    }


# For each network {way: (function that builds it, memory format of images)}.
WAYS = {
    "mlp": plain(mlp),
    "cnn": images(cnn),
    "xor": plain(xor),
    "lstm": reader(nn.LSTM),
    "gru": reader(nn.GRU),
    "bilstm": reader(nn.LSTM, both_ways=True),
    "transformer": {
        "MultiheadAttention": (lambda: Transformer(LibraryHeads), None),
        "scaled_dot_product_attention": (lambda: Transformer(Heads), None),
    },
    "residual": images(Residual),
    "separable": images(separable),
}
