"""Pooling, local and global."""

from .case import case

SHAPES = {1: (2, 7, 3), 2: (2, 5, 6, 2), 3: (1, 4, 5, 3, 2)}
WINDOWS = {1: 3, 2: [3, 2], 3: [2, 3, 1]}


def local(kind, n):
    name = f"{kind}Pooling{n}D"
    return [
        case(name, SHAPES[n], pool_size=2),
        case(name, SHAPES[n], pool_size=2, padding="same"),
        case(name, SHAPES[n], pool_size=WINDOWS[n], strides=1),
        case(name, SHAPES[n], pool_size=WINDOWS[n], strides=2, padding="same"),
        case(name, SHAPES[n], pool_size=1, strides=2),
    ]


def whole(kind, n):
    name = f"Global{kind}Pooling{n}D"
    return [case(name, SHAPES[n]), case(name, SHAPES[n], keepdims=True)]


CASES = [
    *[c for kind in ("Max", "Average") for n in (1, 2, 3) for c in local(kind, n)],
    *[c for kind in ("Max", "Average") for n in (1, 2, 3) for c in whole(kind, n)],
    case("GlobalAveragePooling1D", (2, 4, 3), mask=[[1, 1, 0, 0], [1, 1, 1, 1]]),
    case("GlobalAveragePooling1D", (2, 4, 3), mask=[[1, 0, 0, 1], [0, 1, 0, 0]], keepdims=True),
    *[
        case(f"Adaptive{kind}Pooling{n}D", SHAPES[n], output_size=size, **more)
        for kind in ("Average", "Max")
        for n, sizes in {1: [3, 4, 9], 2: [2, [5, 6], [2, 8], [4, 3]], 3: [1, [2, 3, 2]]}.items()
        for size in sizes
        for more in ({}, {"data_format": "channels_first"})
        if not (more and size != sizes[0])
    ],
]
