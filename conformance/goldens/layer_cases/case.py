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


def case(layer, /, *shapes, training=False, merge=False, below=None, mask=None, **options):
    return Case(layer, options, list(shapes), training, merge, below, mask)
