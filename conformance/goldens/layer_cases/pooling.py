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
    # Windows larger than what they go over, axes of length 1, steps larger than windows, the other data format.
    *[
        c
        for kind in ("Max", "Average")
        for c in [
            case(f"{kind}Pooling1D", (1, 2, 2), pool_size=5, padding="same"),
            case(f"{kind}Pooling1D", (2, 2, 7), pool_size=2, strides=3, data_format="channels_first"),
            case(f"{kind}Pooling1D", (0, 4, 2), pool_size=2),
            case(f"{kind}Pooling2D", (1, 1, 5, 2), pool_size=[1, 2], strides=[2, 1]),
            case(f"{kind}Pooling2D", (1, 2, 4, 5), pool_size=3, strides=2, padding="same", data_format="channels_first"),
            case(f"{kind}Pooling3D", (1, 2, 3, 4, 2), pool_size=2, strides=1, data_format="channels_first"),
            case(f"Global{kind}Pooling1D", (2, 3, 4), data_format="channels_first"),
            case(f"Global{kind}Pooling1D", (2, 1, 3), keepdims=True),
            case(f"Global{kind}Pooling2D", (2, 3, 4, 2), data_format="channels_first"),
            case(f"Global{kind}Pooling2D", (1, 1, 5, 2)),
            case(f"Global{kind}Pooling3D", (2, 2, 3, 1, 2), data_format="channels_first", keepdims=True),
            case(f"Adaptive{kind}Pooling1D", (2, 1, 3), output_size=4),
            case(f"Adaptive{kind}Pooling3D", (1, 2, 3, 2, 2), output_size=[2, 2, 3], data_format="channels_first"),
        ]
    ],
]
