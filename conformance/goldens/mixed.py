"""mixed.json: the layers of layers/*.json and attention.json under mixed policies: the dtype of the output, values, gradients."""

import jax.numpy as jnp
import keras
import numpy as np

from . import attention
from .common import ROOT, draw, random_of, tensor, values, write
from .layers import TABLES, gradients, prepared, set_weights

# Both policies: layers with weights, and what they do in float32 all the same.
BOTH = {
    "Dense",
    "Conv2D",
    "LSTM",
    "GRU",
    "LayerNormalization",
    "BatchNormalization",
    "MultiHeadAttention",
    "Embedding",
    "DepthwiseConv2D",
    "Conv2DTranspose",
    "EinsumDense",
    "GroupNormalization",
    "Bidirectional",
}
# And some of each kind that have no weights, or are made of others.
ONE = {
    "Activation",
    "ReLU",
    "PReLU",
    "Softmax",
    "UnitNormalization",
    "RMSNormalization",
    "SpectralNormalization",
    "SeparableConv2D",
    "Conv1D",
    "Conv3D",
    "MaxPooling2D",
    "AveragePooling2D",
    "GlobalMaxPooling1D",
    "GlobalAveragePooling1D",
    "AdaptiveAveragePooling2D",
    "Flatten",
    "ZeroPadding2D",
    "UpSampling2D",
    "Add",
    "Average",
    "Concatenate",
    "Dot",
    "TimeDistributed",
    "SimpleRNN",
    "ConvLSTM2D",
    "Resizing",
    "Rescaling",
}


def short(array):
    """Four digits say all that 16 bits hold."""
    return [v if isinstance(v, str) else float(f"{v:.4g}") for v in values(np.asarray(array, np.float32))]


def measured(layer, arrays, rng, call):
    trainable = [v.value for v in layer.trainable_variables]
    others = [v.value for v in layer.non_trainable_variables]

    def compute(weights, inputs):
        # Not stateless_call, which casts nothing.
        state = [*zip(layer.trainable_variables, weights), *zip(layer.non_trainable_variables, others)]
        with keras.StatelessScope(state_mapping=state):
            return call(inputs)

    inputs = [jnp.asarray(a) for a in arrays]
    output = compute(trainable, inputs)
    by_weight, by_input = gradients(compute, trainable, inputs, draw(rng, output.shape))
    return {
        "dtype": keras.backend.standardize_dtype(output.dtype),
        "output": short(output),
        "weight_gradients": [short(g) for g in by_weight],
        "input_gradients": [short(g) for g in by_input if g is not None],
    }


def of_layer(case, name):
    layer, arrays, extra, rng = prepared(case, name)
    return measured(layer, arrays, rng, lambda xs: layer(*([list(xs)] if case.merge else xs), **extra))


def of_attention(c, name):
    rng = random_of(name)
    layer = getattr(keras.layers, c["layer"])(**c["options"])
    arrays = [draw(rng, s) for s in c["shapes"]]
    layer.build(*c["shapes"])
    set_weights(rng, layer)
    return measured(layer, arrays, rng, lambda xs: layer(*xs, **c["call"]))


def chosen():
    """The first case of each layer, and of those in BOTH the second as well."""
    seen = {}
    for table in TABLES:
        for case in table.CASES:
            index = seen[case.layer] = seen.get(case.layer, -1) + 1
            if index <= (case.layer in BOTH) and case.layer in BOTH | ONE:
                yield case.layer, f"{case.layer} {index}", lambda name, case=case: of_layer(case, name)
    for index, c in list(enumerate(attention.CASES))[:2]:
        name = attention_names()[index]
        yield c["layer"], name, lambda name, c=c: of_attention(c, name)


def attention_names():
    counts = {}
    names = []
    for c in attention.CASES:
        counts[c["layer"]] = counts.get(c["layer"], -1) + 1
        names.append(f"{c['layer']} {counts[c['layer']]}")
    return names


def files():
    """models/<policy>.keras: weights of 16 bits as Keras writes them; what the models predict is in halves.json."""
    cases = []
    for policy in ["bfloat16", "float16", "mixed_bfloat16"]:
        keras.utils.clear_session()
        keras.utils.set_random_seed(7)
        model = keras.Sequential(
            [
                keras.Input((3,)),
                keras.layers.Dense(4, activation="tanh", dtype=policy),
                keras.layers.BatchNormalization(dtype=policy),
                keras.layers.Dense(2, dtype=policy),
            ]
        )
        x = np.array([[1, 2, 3], [-0.5, 0.25, 0]], "float32")
        y = model(x)
        model.save(ROOT / "models" / f"{policy}.keras")
        cases.append(
            {
                "name": policy,
                "input": tensor(x),
                "dtype": keras.backend.standardize_dtype(y.dtype),
                "output": short(y),
                "weights": [short(v.value) for v in model.weights],
                "dtypes": [v.dtype for v in model.weights],
            }
        )
    write("halves.json", cases)


def generate():
    files()
    cases = []
    for layer, name, make in chosen():
        for policy in ["mixed_bfloat16", "mixed_float16"]:
            if policy == "mixed_float16" and layer not in BOTH:
                continue
            keras.utils.clear_session()
            keras.config.set_dtype_policy(policy)
            try:
                found = make(name)
            except Exception as error:  # what Keras itself cannot do under the policy
                print(name, policy, type(error).__name__, str(error)[:100])
                continue
            finally:
                keras.config.set_dtype_policy("float32")
            cases.append({"name": name, "class_name": layer, "policy": policy, **found})
    write("mixed.json", cases)
