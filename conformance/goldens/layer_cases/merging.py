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
]
