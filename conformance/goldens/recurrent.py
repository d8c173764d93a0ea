"""recurrent.json: calls of recurrent layers with states, masks and several outputs, one after the other."""

import keras
import numpy as np
from keras import layers
from keras.src import backend, tree

from .common import draw, random_of, same_config, tensor, weight, write
from .layer_cases.recurrent import MASK, stack
from .layers import set_weights

CALL = {}  # only inputs
RESET = {"reset": True}
MASKED = {"mask": MASK}
STATES = {"states": True}


def masked_states():
    return {"mask": MASK, "states": True}


def cases():
    yield layers.LSTM, dict(units=3, return_state=True, return_sequences=True), [CALL, STATES, masked_states()]
    yield layers.LSTM, dict(units=3, return_state=True, go_backwards=True), [STATES, masked_states()]
    yield layers.LSTM, dict(units=3, unroll=True, return_state=True, return_sequences=True), [STATES, masked_states()]
    yield layers.LSTM, dict(units=3, unroll=True, zero_output_for_mask=True, return_sequences=True), [MASKED]
    yield layers.LSTM, dict(units=3, stateful=True), [CALL, CALL, MASKED, RESET, STATES, CALL]
    yield layers.GRU, dict(units=3, return_state=True), [CALL, STATES, masked_states()]
    yield layers.GRU, dict(units=3, return_state=True, stateful=True, return_sequences=True), [CALL, MASKED, RESET]
    yield layers.GRU, dict(units=3, zero_output_for_mask=True, return_state=True), [masked_states()]
    yield layers.SimpleRNN, dict(units=3, return_state=True, go_backwards=True), [CALL, STATES, masked_states()]
    yield layers.RNN, dict(cell=stack(), return_state=True, return_sequences=True), [CALL, MASKED]
    yield layers.RNN, dict(cell=stack(), stateful=True), [CALL, MASKED, CALL]
    for mode in ("concat", "sum", None):
        inner = layers.LSTM(2, return_state=True, return_sequences=True, name="lstm")
        yield layers.Bidirectional, dict(layer=inner, merge_mode=mode), [CALL, STATES, masked_states()]
    inner = layers.GRU(2, return_sequences=True, name="gru")
    yield layers.Bidirectional, dict(layer=inner, merge_mode=None), [CALL, MASKED]
    yield layers.Bidirectional, dict(layer=layers.GRU(2, stateful=True, name="gru")), [CALL, CALL, RESET]
    yield layers.TimeDistributed, dict(layer=layers.Dense(2, name="dense")), [MASKED]


IMAGES = [
    (layers.ConvLSTM2D, dict(filters=2, kernel_size=2, return_state=True, return_sequences=True), [CALL, STATES]),
    (layers.ConvLSTM1D, dict(filters=2, kernel_size=2, stateful=True), [CALL, CALL, RESET]),
]


def run(cls, options, calls, shape, name):
    keras.utils.clear_session()
    rng = random_of(name)
    layer = cls(**options)
    layer.build(shape)
    set_weights(rng, layer)
    done = []
    for call in calls:
        if call.get("reset"):
            layer.reset_state()
        x = draw(rng, shape)
        given = {}
        states = None
        if call.get("states"):
            states = initial_states(rng, layer, shape)
            given["initial_state"] = states
        if "mask" in call:
            given["mask"] = np.asarray(call["mask"], bool)
        outputs = tree.flatten(layer(x, **given))
        masks = [backend.get_keras_mask(y) for y in outputs]
        done.append(
            {
                "reset": bool(call.get("reset")),
                "input": tensor(x),
                "states": None if states is None else [tensor(s) for s in states],
                "mask": tensor(given["mask"]) if "mask" in given else None,
                "outputs": [tensor(y) for y in outputs],
                "masks": [None if m is None else tensor(np.asarray(m)) for m in masks],
            }
        )
    return {
        "name": name,
        "class_name": cls.__name__,
        "config": same_config(layer.get_config()),
        "shape": list(shape),
        "weights": [weight(v) for v in layer.weights if v.dtype == "float32"],
        "calls": done,
    }


def initial_states(rng, layer, shape):
    if isinstance(layer, layers.Bidirectional):
        return initial_states(rng, layer.forward_layer, shape) + initial_states(rng, layer.backward_layer, shape)
    return [draw(rng, s.shape) for s in tree.flatten(layer.get_initial_state(shape[0]))]


def generate():
    made = []
    counts = {}

    def add(cls, options, calls, shape):
        n = counts.get(cls.__name__, 0)
        counts[cls.__name__] = n + 1
        made.append(run(cls, options, calls, shape, f"{cls.__name__} {n}"))

    for cls, options, calls in cases():
        add(cls, options, calls, (4, 5, 2))
    for cls, options, calls in IMAGES:
        add(cls, options, calls, (2, 3, 4, 3, 1) if cls is layers.ConvLSTM2D else (2, 3, 4, 1))
    write("recurrent.json", made)
