"""eig.json: eigenvalues of general matrices, sorted, and the sizes of the elements of their eigenvectors of length 1."""

import numpy as np
from keras import ops

from .common import tensor, write
from .ops_cases import f

TABLE = [
    f(3, 3),
    f(2, 4, 4),
    f(1, 1),
    np.array([[0, -1], [1, 0]], "float32"),
    np.array([[2, 0, 0], [0, -1, 0], [0, 0, 0.5]], "float32"),
    np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]], "float32"),
    f(7, 7, scale=3.0),
]


def generate():
    cases = []
    for x in TABLE:
        w, v = (np.asarray(r) for r in ops.eig(x))
        order = np.lexsort((np.round(w.imag, 3), np.round(w.real, 3)), axis=-1)
        w = np.take_along_axis(w, order, -1)
        sizes = np.take_along_axis(np.abs(v), order[..., None, :], -1)
        outputs = [tensor(part.astype("float32")) for part in (w.real, w.imag, sizes)]
        cases.append({"op": "eig", "input": tensor(x), "outputs": outputs})
    write("eig.json", cases)
