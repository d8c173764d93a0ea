"""One configuration of a layer."""

from dataclasses import dataclass


@dataclass
class Case:
    layer: str
    options: dict
    shapes: list
    training: bool = False
    merge: bool = False  # the inputs go in as one list
    below: int | None = None  # integer inputs in [0, below)
    mask: list | None = None
    given: list | None = None  # the inputs themselves; default: drawn
    name: str | None = None  # default: the layer and its number among the cases of that layer


def case(layer, /, *shapes, training=False, merge=False, below=None, mask=None, **options):
    return Case(layer, options, list(shapes), training, merge, below, mask)


def named(subject, cases):
    """Names cases after a subject, so that others may be added before them without changing their numbers."""
    counts = {}
    for c in cases:
        counts[c.layer] = counts.get(c.layer, -1) + 1
        c.name = f"{c.layer} {subject} {counts[c.layer]}"
    return cases
