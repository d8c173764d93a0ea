"""Steps on TensorFlow: a whole step as one tf.function, with and without XLA."""

import numpy as np
import tensorflow as tf
import worker

tf.config.threading.set_intra_op_parallelism_threads(int(worker.os.environ["TF_NUM_INTRAOP_THREADS"]))


def models(kind, x, y, model_of):
    x, y = tf.constant(x), tf.constant(y)
    return {"function": step_of(model_of(kind), x, y, False), "function, XLA": step_of(model_of(kind), x, y, True)}


def step_of(model, x, y, compiled):
    import keras

    loss = keras.losses.get(model.loss)

    @tf.function(jit_compile=compiled)
    def step(x, y):
        with tf.GradientTape() as tape:
            value = tf.reduce_mean(loss(y, model(x, training=True)))
        weights = [v.value for v in model.trainable_variables]
        model.optimizer.apply(tape.gradient(value, weights), model.trainable_variables)
        return value

    return lambda: step(x, y).numpy()


def kernels(name):
    rng = np.random.default_rng(1)
    tensor = lambda *shape: tf.constant(rng.standard_normal(shape, dtype=np.float32))
    if name.startswith("matmul"):
        n = worker.WORKLOADS["matmul"][name]
        return both(tf.matmul, tensor(n, n), tensor(n, n))
    c, direction, out, _ = worker.conv_of(name)
    padding = c["padding"].upper()
    x = tensor(c["batch"], c["size"], c["size"], c["channels"])
    w = tensor(c["window"], c["window"], c["channels"], c["channels"])
    if direction == "forward":
        return both(lambda x, w: tf.nn.conv2d(x, w, 1, padding), x, w)

    def backward(x, w, g):
        by_input = tf.raw_ops.Conv2DBackpropInput(
            input_sizes=x.shape, filter=w, out_backprop=g, strides=[1] * 4, padding=padding
        )
        by_filter = tf.raw_ops.Conv2DBackpropFilter(
            input=x, filter_sizes=w.shape, out_backprop=g, strides=[1] * 4, padding=padding
        )
        return by_input, by_filter

    return both(backward, x, w, tensor(c["batch"], out, out, c["channels"]))


def both(function, *arguments):
    """On the CPU a tf.function returns when its results are there."""
    plain, compiled = tf.function(function), tf.function(function, jit_compile=True)
    return {"function": lambda: plain(*arguments), "function, XLA": lambda: compiled(*arguments)}
