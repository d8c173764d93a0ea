"""layers/<LayerName>.json: output, gradients and new state of each layer on small inputs."""

import jax
import jax.numpy as jnp
import keras
import numpy as np

from .common import draw, random_of, same_config, tensor, tensors, uniform, weight, write
from .layer_cases import (
    adapters,
    audio,
    convolution,
    core,
    images,
    merging,
    normalization,
    options,
    pooling,
    recurrent,
    reshaping,
)

TABLES = [core, convolution, pooling, normalization, reshaping, merging, recurrent, audio, images, adapters, options]


def make_inputs(rng, case):
    if case.given is not None:
        return case.given
    arrays = []
    for shape in case.shapes:
        if case.below is None:
            arrays.append(draw(rng, shape))
        else:
            arrays.append(rng.integers(0, case.below, shape).astype(np.int32))
    return arrays


def set_weights(rng, layer):
    for variable in layer.weights:
        if variable.dtype != "float32":
            continue  # the counter of a seed generator
        if "variance" in variable.name:
            variable.assign(uniform(rng, variable.shape, 0.5, 1.5))
        else:
            variable.assign(draw(rng, variable.shape, 0.5))


def prepared(case, name):
    """The layer of a case with weights, the numbers of its inputs, its other arguments, and where further numbers come from."""
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
    return layer, arrays, extra, rng


def gradients(compute, trainable, inputs, out_gradient):
    """Of the sum of outputs times out_gradient, in float32: by weight, and by input (None for those of whole numbers)."""
    floats = [i for i, x in enumerate(inputs) if x.dtype == jnp.float32]

    def loss(weights, some):
        given = list(inputs)
        for i, value in zip(floats, some):
            given[i] = value
        return jnp.sum(jnp.asarray(compute(weights, given), jnp.float32) * out_gradient)

    by_weight, some = jax.grad(loss, argnums=(0, 1))(trainable, [inputs[i] for i in floats])
    by_input = [None] * len(inputs)
    for i, gradient in zip(floats, some):
        by_input[i] = gradient
    return by_weight, by_input


def run(case, name):
    keras.utils.clear_session()
    layer, arrays, extra, rng = prepared(case, name)
    trainable = [v.value for v in layer.trainable_variables]
    others = [v.value for v in layer.non_trainable_variables]

    def compute(weights, inputs):
        given = [list(inputs)] if case.merge else list(inputs)
        return layer.stateless_call(weights, others, *given, **extra)

    inputs = [jnp.asarray(a) for a in arrays]
    output, state = compute(trainable, inputs)
    out_gradient = draw(rng, output.shape)
    by_weight, by_input = gradients(lambda *given: compute(*given)[0], trainable, inputs, out_gradient)
    return {
        "name": name,
        "class_name": case.layer,
        "config": same_config(layer.get_config()),
        "build_config": same_config(layer.get_build_config()),
        "training": case.training,
        "inputs_as_list": case.merge,
        "inputs": tensors(arrays),
        "mask": tensor(extra["mask"]) if "mask" in extra else None,
        "weights": [weight(v) for v in layer.weights if v.dtype == "float32"],
        "output": tensor(output),
        "output_gradient": tensor(out_gradient),
        "weight_gradients": [weight(v, g) for v, g in zip(layer.trainable_variables, by_weight)],
        "input_gradients": tensors(by_input),
        "state_after": [
            weight(v, s) for v, s in zip(layer.non_trainable_variables, state) if v.dtype == "float32"
        ],
    }


def generate():
    by_layer = {}
    for table in TABLES:
        for case in table.CASES:
            cases = by_layer.setdefault(case.layer, [])
            cases.append(run(case, case.name or f"{case.layer} {len(cases)}"))
    for layer, cases in by_layer.items():
        write(f"layers/{layer}.json", cases)
