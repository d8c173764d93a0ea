"""Steps on JAX: Keras's stateless functions under one jit, with donated buffers."""

import jax
import jax.numpy as jnp
import numpy as np
import worker


def models(kind, x, y, model_of):
    model = model_of(kind)
    loss = model.loss if callable(model.loss) else __import__("keras").losses.get(model.loss)
    reduce = lambda y_true, y_pred: jnp.mean(loss(y_true, y_pred))

    def objective(weights, others, x, y):
        predictions, others = model.stateless_call(weights, others, x, training=True)
        return reduce(y, predictions), others

    @jax.jit
    def plain(state, x, y):
        weights, others, slots = state
        (value, others), gradients = jax.value_and_grad(objective, has_aux=True)(weights, others, x, y)
        weights, slots = model.optimizer.stateless_apply(slots, gradients, weights)
        return value, (weights, others, slots)

    donating = jax.jit(plain, donate_argnums=0)
    x, y = jnp.asarray(x), jnp.asarray(y)
    return {"jit": loop(plain, start(model), x, y), "jit, donated": loop(donating, start(model), x, y)}


def start(model):
    copy = lambda variables: [jnp.array(v.value) for v in variables]
    return copy(model.trainable_variables), copy(model.non_trainable_variables), copy(model.optimizer.variables)


def loop(step, state, x, y):
    def once():
        nonlocal state
        value, state = step(state, x, y)
        jax.block_until_ready((value, state))
        return value

    return once


def kernels(name):
    rng = np.random.default_rng(1)
    tensor = lambda *shape: jnp.asarray(rng.standard_normal(shape, dtype=np.float32))
    if name.startswith("matmul"):
        n = worker.WORKLOADS["matmul"][name]
        return {"jit": call(jax.jit(jnp.matmul), tensor(n, n), tensor(n, n))}
    c, direction, out, _ = worker.conv_of(name)
    conv = lambda x, w: jax.lax.conv_general_dilated(
        x, w, (1, 1), c["padding"].upper(), dimension_numbers=("NHWC", "HWIO", "NHWC")
    )
    x = tensor(c["batch"], c["size"], c["size"], c["channels"])
    w = tensor(c["window"], c["window"], c["channels"], c["channels"])
    if direction == "forward":
        return {"jit": call(jax.jit(conv), x, w)}
    backward = jax.jit(lambda x, w, g: jax.vjp(conv, x, w)[1](g))
    return {"jit": call(backward, x, w, tensor(c["batch"], out, out, c["channels"]))}


def call(function, *arguments):
    return lambda: jax.block_until_ready(function(*arguments))
