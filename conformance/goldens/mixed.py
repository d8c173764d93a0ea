"""mixed.json: the layers of layers/*.json and attention.json under mixed policies: the dtype of the output, values, gradients."""

import jax
import jax.numpy as jnp
import keras
import numpy as np

from . import attention
from .common import ROOT, draw, random_of, tensor, values, write
from .layers import TABLES, make_inputs, set_weights

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


def measured(layer, compute, inputs, out_gradient):
    trainable = [v.value for v in layer.trainable_variables]
    floats = [i for i, x in enumerate(inputs) if x.dtype == jnp.float32]

    def loss(weights, some):
        given = list(inputs)
        for i, value in zip(floats, some):
            given[i] = value
        return jnp.sum(jnp.asarray(compute(weights, given), jnp.float32) * out_gradient)

    output = compute(trainable, inputs)
    by_weight, by_input = jax.grad(loss, argnums=(0, 1))(trainable, [inputs[i] for i in floats])
    return {
        "dtype": keras.backend.standardize_dtype(output.dtype),
        "output": short(output),
        "weight_gradients": [short(g) for g in by_weight],
        "input_gradients": [short(g) for g in by_input],
    }


def of_layer(case, name):
    rng = random_of(name)
    layer = getattr(keras.layers, case.layer)(**case.options)
    arrays = make_inputs(rng, case)
    shapes = [a.shape for a in arrays]
    layer.build(shapes if case.merge else shapes[0])
    set_weights(rng, layer)
    extra = {}
    if layer._call_has_training_arg:
        extra["training"] = case.training
    if case.mask is not None:
        extra["mask"] = np.asarray(case.mask, bool)
    others = [v.value for v in layer.non_trainable_variables]

    def compute(weights, inputs):
        given = [list(inputs)] if case.merge else list(inputs)
        # Not stateless_call, which casts nothing.
        state = [*zip(layer.trainable_variables, weights), *zip(layer.non_trainable_variables, others)]
        with keras.StatelessScope(state_mapping=state):
            return layer(*given, **extra)

    inputs = [jnp.asarray(a) for a in arrays]
    shape = compute([v.value for v in layer.trainable_variables], inputs).shape
    return measured(layer, compute, inputs, draw(rng, shape))


def of_attention(c, name):
    rng = random_of(name)
    layer = getattr(keras.layers, c["layer"])(**c["options"])
    arrays = [draw(rng, s) for s in c["shapes"]]
    layer.build(*c["shapes"])
    set_weights(rng, layer)
    others = [v.value for v in layer.non_trainable_variables]

    def compute(weights, inputs):
        state = [*zip(layer.trainable_variables, weights), *zip(layer.non_trainable_variables, others)]
        with keras.StatelessScope(state_mapping=state):
            return layer(*inputs, **c["call"])

    inputs = [jnp.asarray(a) for a in arrays]
    shape = compute([v.value for v in layer.trainable_variables], inputs).shape
    return measured(layer, compute, inputs, draw(rng, shape))


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
