"""Layers with several inputs."""

from .case import case


def merge(layer, *shapes, **options):
    return case(layer, *shapes, merge=True, **options)


CASES = [
    *[
        c
        for name in ("Add", "Multiply", "Average", "Maximum", "Minimum")
        for c in (
            merge(name, (3, 4), (3, 4)),
            merge(name, (2, 3, 2), (2, 3, 2), (2, 3, 2)),
            merge(name, (2, 3, 4), (2, 1, 4)),
        )
    ],
    merge("Subtract", (3, 4), (3, 4)),
    merge("Subtract", (2, 3, 4), (2, 1, 4)),
    merge("Concatenate", (3, 4), (3, 2)),
    merge("Concatenate", (2, 3, 4), (2, 2, 4), (2, 1, 4), axis=1),
    merge("Dot", (3, 4), (3, 4), axes=1),
    merge("Dot", (2, 3, 4), (2, 5, 4), axes=2),
    merge("Dot", (2, 3, 4), (2, 4, 5), axes=[2, 1]),
    merge("Dot", (3, 4), (3, 4), axes=1, normalize=True),
    case("Add", (2, 3, 4), (2, 1, 4), merge=True),
    case("Average", (2, 3), (2, 1), (2, 3), merge=True),
    case("Maximum", (2, 3, 2), (2, 2), merge=True),
    case("Minimum", (2, 1), (2, 17), merge=True),
    case("Multiply", (2, 3), (2, 3), (2, 3), (2, 3), merge=True),
    case("Subtract", (2, 1, 3), (2, 4, 3), merge=True),
    case("Subtract", (1, 1), (1, 1), merge=True),
    case("Concatenate", (2, 3, 1), (2, 3, 4), (2, 3, 2), merge=True),
    case("Concatenate", (2, 1, 2, 3), (2, 1, 4, 3), axis=-2, merge=True),
    case("Dot", (2, 1), (2, 1), axes=1, merge=True),
    case("Dot", (2, 3, 4), (2, 4), axes=[2, 1], normalize=True, merge=True),
]
