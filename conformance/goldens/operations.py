"""operations.json: functional models with operations of keras.ops among their layers: configuration, inputs, outputs."""

import json

import keras
import numpy as np
from keras import ops

from .common import draw, random_of, tensors, write


def arithmetic(a, b):
    x = ops.add(ops.relu(a), b)
    y = ops.multiply(x, 2.0) - b
    z = 1.0 / (ops.exp(y) + 1.0)
    return [z, -y, ops.power(x, 2), ops.maximum(y, 0.5), ops.minimum(x, y), ops.clip(y, -0.5, 1.0), abs(y)]


def reductions(a, b):
    x = ops.stack([a, b], axis=1)
    return [
        ops.sum(x, axis=1, keepdims=True),
        ops.mean(x, axis=[1, 2]),
        ops.max(a, axis=-1),
        ops.min(b, axis=1, keepdims=True),
        ops.std(x, axis=2),
        ops.var(x, axis=(1, 2)),
        ops.argmax(a, axis=-1),
        ops.logsumexp(a, axis=1),
        ops.prod(a, axis=1),
    ]


def shapes(a, b):
    x = ops.reshape(a, (-1, 2, 2))
    return [
        ops.transpose(x, (0, 2, 1)),
        ops.expand_dims(a, 1),
        ops.squeeze(ops.expand_dims(b, 1), 1),
        ops.concatenate([a, b], axis=-1),
        *ops.split(a, 2, axis=1),
        ops.flip(x, axis=1),
        ops.roll(a, 1, axis=1),
        ops.tile(a, (1, 2)),
        ops.repeat(a, 2, axis=1),
        ops.swapaxes(x, 1, 2),
        ops.moveaxis(x, 1, 2),
        ops.pad(x, ((0, 0), (1, 0), (0, 2))),
        ops.take(a, [0, 2], axis=1),
        a[:, 1:3],
        b[:, -1],
        x[:, 0, :],
    ]


def networks(a, b):
    x = ops.stack([a, b], axis=1)
    bit = ops.cast(ops.greater(a, 0.0), "int32")
    return [
        ops.softmax(a, axis=-1),
        ops.log_softmax(b),
        ops.gelu(a),
        ops.elu(b),
        ops.leaky_relu(a),
        ops.silu(a),
        ops.sigmoid(b),
        ops.tanh(a),
        ops.where(ops.less_equal(a, b), a, b),
        ops.one_hot(bit, 3),
        ops.matmul(x, ops.transpose(x, (0, 2, 1))),
        ops.einsum("bi,bj->bij", a, b),
        ops.max_pool(ops.reshape(a, (-1, 2, 2, 1)), 2, strides=2, data_format="channels_last"),
        ops.average_pool(ops.reshape(b, (-1, 2, 2, 1)), (2, 1), strides=1, padding="same", data_format="channels_last"),
        ops.add(a, np.array([1.0, 2.0, 3.0, 4.0], "float32")),
        ops.rsqrt(ops.square(a) + 1.0),
        ops.erf(a),
    ]


def further(a, b):
    x = ops.reshape(a, (-1, 2, 2))
    return [
        x[..., None, ::-1],
        a[:, ::2],
        x[:, -1:, 0],
        ops.select([ops.greater(a, 0.5), ops.less(b, 0.0)], [a, ops.square(b)], 7.0),
        ops.nanmedian(b, axis=1),
        ops.nanquantile(a, 0.3, axis=1),
        ops.sinc(a),
        ops.fmod(a, 0.7),
        ops.ptp(b, axis=1, keepdims=True),
        *ops.array_split(a, 3, axis=1),
        ops.logaddexp2(a, b),
        ops.var(a, axis=1),
        ops.heaviside(a, b),
        ops.cdist(x, ops.flip(x, axis=1)),
        ops.unfold(ops.reshape(a, (-1, 1, 2, 2)), 2, padding=1),
        ops.slice_update(b, [0, 1], a[:, :2]),
        ops.ldexp(a, ops.cast(ops.round(b), "int32")),
        ops.saturate_cast(a * 200.0, "uint8"),
        ops.transpose(ops.segment_max(ops.transpose(a), np.array([1, 0, 1, 1], "int32"), 2)),
        ops.isin(ops.round(a), np.array([0.0, 1.0], "float32"), invert=True),
        ops.cross(a[:, :3], b[:, 1:]),
        ops.isclose(a, b, equal_nan=True),
    ]


def others(a, b):
    whole = ops.cast(ops.abs(a) * 4.0, "int32")
    x = ops.reshape(a, (-1, 2, 2, 1))
    return [
        *ops.meshgrid(a[0], np.array([1.0, 2.0], "float32"), indexing="ij"),
        ops.digitize(a, np.array([-0.5, 0.0, 1.0], "float32")),
        ops.diagonal(ops.reshape(b, (-1, 2, 2)), 1, 1, 2),
        ops.trace(ops.reshape(b, (-1, 2, 2)), 0, 1, 2),
        ops.left_shift(whole, 1),
        ops.max_pool(x, 2, strides=1, padding="same", data_format="channels_last"),
        ops.layer_normalization(a, gamma=np.ones(4, "float32"), beta=np.zeros(4, "float32")),
        ops.average(b, axis=1),
        ops.average(a, axis=1, weights=ops.abs(b)),
        ops.conv(x, np.ones((2, 1, 1, 2), "float32"), padding="same", data_format="channels_last"),
        ops.batch_normalization(a, ops.mean(a, axis=0), ops.var(a, axis=0), axis=-1),
        ops.normalize(b, axis=1, order=2),
        ops.trapezoid(a, dx=0.5, axis=1),
        ops.nan_to_num(ops.log(b)),
        ops.tril(ops.reshape(b, (-1, 2, 2)), -1),
        ops.unstack(x, axis=1)[1],
        ops.tensordot(a, np.ones((4, 2), "float32"), 1),
        ops.top_k(a, 2)[0],
        ops.diff(b, axis=1),
    ]


def generate():
    cases = []
    for build in (arithmetic, reductions, shapes, networks, further, others):
        keras.utils.clear_session()
        name = build.__name__
        a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
        model = keras.Model([a, b], build(a, b), name=name)
        rng = random_of(f"operations {name}")
        inputs = [draw(rng, (3, 4)), draw(rng, (3, 4))]
        outputs = model.predict(inputs, verbose=0)
        cases.append(
            {
                "name": name,
                "config": json.loads(model.to_json()),
                "inputs": tensors(inputs),
                "outputs": tensors(outputs),
            }
        )
    write("operations.json", cases)
