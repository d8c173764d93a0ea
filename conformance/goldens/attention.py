"""attention.json: layers called with query, value and key: outputs, scores, gradients and masks."""

import jax
import jax.numpy as jnp
import keras
import numpy as np

from .common import draw, random_of, same_config, tensor, tensors, values, weight, write
from .layers import set_weights

Q, V, K = (2, 3, 4), (2, 4, 4), (2, 4, 4)


def case(layer, *shapes, call=None, masks=None, bools=None, **options):
    return {"layer": layer, "shapes": list(shapes), "call": call or {}, "masks": masks, "bools": bools or {}, "options": options}


HEADS = {"num_heads": 2, "key_dim": 2}
GROUPS = {"head_dim": 2, "num_query_heads": 4, "num_key_value_heads": 2}
SOME = [[1, 1, 0, 1], [1, 0, 0, 0]]
QUERIES = [[1, 1, 0], [1, 0, 1]]
PAIRS = np.array([[[1, 0, 1, 1], [0, 0, 0, 0], [1, 1, 0, 0]], [[1, 1, 1, 1], [0, 1, 0, 1], [0, 0, 0, 1]]])


def heads(name, options):
    scores = {"return_attention_scores": True}
    causal = {"use_causal_mask": True}
    return [
        case(name, Q, V, **options),
        case(name, Q, V, (2, 4, 6) if name == "MultiHeadAttention" else K, use_bias=False, **options),
        case(name, Q, V, call=scores, **options),
        case(name, Q, V, call=causal, **options),
        case(name, Q, V, call={**causal, **scores}, **options),
        case(name, Q, V, bools={"attention_mask": PAIRS}, **options),
        case(name, Q, V, bools={"attention_mask": PAIRS}, call=scores, **options),
        case(name, Q, V, bools={"attention_mask": PAIRS}, call=causal, dropout=0.5, **options),
        case(name, Q, V, masks=[QUERIES, SOME], **options),
        case(name, Q, V, K, masks=[QUERIES, SOME, [[1, 1, 1, 1], [1, 1, 0, 1]]], call=scores, **options),
        case(name, Q, V, bools={"query_mask": QUERIES, "value_mask": SOME}, **options),
        case(name, Q, V, bools={"key_mask": SOME, "attention_mask": PAIRS}, call=causal, **options),
        case(name, (2, 5, 5), (2, 5, 5), sliding_window=2, **options),
        case(name, (2, 5, 5), (2, 5, 5), sliding_window=2, call=causal, use_gate=True, **options),
        case(name, Q, V, use_gate=True, dropout=0.2, **options),
    ]


CASES = [
    *heads("MultiHeadAttention", HEADS),
    # Without dropout or scores Keras on JAX fails where valueDim is not keyDim.
    case("MultiHeadAttention", Q, V, value_dim=2, output_shape=7, dropout=0.1, **HEADS),
    case("MultiHeadAttention", Q, V, value_dim=4, output_shape=[2, 3], call={"return_attention_scores": True}, **HEADS),
    case("MultiHeadAttention", (1, 17, 3), (1, 33, 2), num_heads=1, key_dim=4),
    case("MultiHeadAttention", (2, 2, 3, 4), (2, 2, 3, 4), **HEADS),
    case("MultiHeadAttention", (2, 2, 3, 4), (2, 3, 2, 5), call={"return_attention_scores": True}, **HEADS),
    case("MultiHeadAttention", (2, 2, 3, 4), (2, 2, 4, 4), attention_axes=2, **HEADS),
    case("MultiHeadAttention", (2, 3, 2, 4), (2, 4, 2, 4), attention_axes=[1], call={"return_attention_scores": True}, **HEADS),
    case("MultiHeadAttention", (2, 2, 3, 4), (2, 2, 3, 4), attention_axes=[2, 1], **HEADS),
    case("MultiHeadAttention", (2, 2, 3, 4), (2, 2, 3, 4), attention_axes=[-2, 1], **HEADS),
    case(
        "MultiHeadAttention",
        (2, 2, 2, 4),
        (2, 2, 2, 4),
        bools={"attention_mask": np.arange(32).reshape(2, 2, 2, 2, 2) % 3 > 0},
        **HEADS,
    ),
    *heads("GroupQueryAttention", GROUPS),
    case("GroupQueryAttention", Q, V, head_dim=2, num_query_heads=3, num_key_value_heads=1),
    case("GroupQueryAttention", Q, V, head_dim=2, num_query_heads=3, num_key_value_heads=3),
    *[
        c
        for name, options in [
            ("Attention", {}),
            ("Attention", {"use_scale": True}),
            ("Attention", {"score_mode": "concat"}),
            ("Attention", {"score_mode": "concat", "use_scale": True}),
            ("AdditiveAttention", {}),
            ("AdditiveAttention", {"use_scale": False}),
        ]
        for c in [
            case(name, Q, V, **options),
            case(name, Q, V, K, call={"use_causal_mask": True, "return_attention_scores": True}, **options),
        ]
    ],
    case("Attention", Q, (2, 4, 6), K, masks=[QUERIES, SOME]),
    case("Attention", Q, V, masks=[None, SOME], call={"use_causal_mask": True}),
    case("Attention", Q, V, masks=[QUERIES, None], dropout=0.5),
    case("Attention", Q, V, masks=[QUERIES, [[0, 0, 0, 0], [1, 1, 1, 1]]], call={"return_attention_scores": True}),
    case("AdditiveAttention", Q, V, masks=[QUERIES, SOME], call={"use_causal_mask": True}),
]


def run(c, name):
    keras.utils.clear_session()
    rng = random_of(name)
    layer = getattr(keras.layers, c["layer"])(**c["options"])
    arrays = [draw(rng, s) for s in c["shapes"]]
    as_list = "Attention" in (c["layer"], c["layer"].replace("Additive", ""))
    layer.build(*([c["shapes"]] if as_list else c["shapes"]))
    set_weights(rng, layer)
    bools = {k: np.asarray(v, bool) for k, v in c["bools"].items()}
    masks = [None if m is None else np.asarray(m, bool) for m in c["masks"] or []]
    trainable = [v.value for v in layer.trainable_variables]
    others = [v.value for v in layer.non_trainable_variables]

    def compute(weights, inputs):
        inputs = [jnp.asarray(x) + 0 for x in inputs]
        for x, m in zip(inputs, masks):
            if m is not None:
                keras.src.backend.set_keras_mask(x, jnp.asarray(m))
        given = [inputs] if as_list else inputs
        # Not stateless_call, which knows nothing of masks that come with tensors.
        state = [*zip(layer.trainable_variables, weights), *zip(layer.non_trainable_variables, others)]
        with keras.StatelessScope(state_mapping=state):
            outputs = layer(*given, **bools, **c["call"])
        return [outputs] if not isinstance(outputs, (list, tuple)) else list(outputs)

    inputs = [jnp.asarray(a) for a in arrays]
    outputs = compute(trainable, inputs)
    mask = keras.src.backend.get_keras_mask(outputs[0])
    out_gradient = draw(rng, outputs[0].shape)
    by_weight, by_input = jax.grad(lambda w, x: jnp.sum(compute(w, x)[0] * out_gradient), argnums=(0, 1))(trainable, inputs)
    return {
        "name": name,
        "class_name": c["layer"],
        "config": same_config(layer.get_config()),
        "build_config": same_config(layer.get_build_config()),
        "inputs_as_list": as_list,
        "inputs": tensors(arrays),
        "masks": [None if m is None else tensor(m) for m in masks],
        "bools": {k: tensor(v) for k, v in bools.items()},
        "call": c["call"],
        "weights": [weight(v) for v in layer.weights],
        "outputs": tensors(outputs),
        "output_mask": None if mask is None else tensor(mask),
        "output_gradient": tensor(out_gradient),
        "weight_gradients": [values(g) for g in by_weight],
        "input_gradients": [values(g) for g in by_input],
    }


def generate():
    counts = {}
    cases = []
    for c in CASES:
        n = counts[c["layer"]] = counts.get(c["layer"], -1) + 1
        cases.append(run(c, f"{c['layer']} {n}"))
    write("attention.json", cases)
