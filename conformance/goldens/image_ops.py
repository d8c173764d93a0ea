"""image_ops.json: operations of keras.ops.image on small images: operands, options, output and gradient."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
from keras import ops

from .common import draw, random_of, tensor, tensors, uniform, write

# Small rotations, zooms and moves: nothing that lies exactly between two pixels.
TRANSFORMS = [
    [0.9, 0.21, 0.33, -0.17, 1.1, -0.47, 0.0, 0.0],
    [1.3, -0.4, -2.13, 0.37, 0.7, 1.61, 0.0, 0.0],
]
SKEWED = [[0.9, 0.21, 0.33, -0.17, 1.1, -0.47, 0.3, -0.2], [1.0, 0.0, 0.13, 0.0, 1.0, 0.27, -0.6, 0.1]]
START = [[[0, 0], [5, 0], [0, 4], [5, 4]], [[0, 0], [5, 0], [0, 4], [5, 4]]]
END = [[[0.3, 0.2], [4.1, -0.4], [0.6, 4.7], [5.9, 3.3]], [[0, 0], [5.5, 0], [0, 3.1], [3.7, 5.2]]]
FILLS = ["constant", "nearest", "wrap", "mirror", "reflect"]
KERNELS = ["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"]
FIRST = {"data_format": "channels_first"}
LAST = {"data_format": "channels_last"}


def positive(rng, shape):
    return uniform(rng, shape, 0, 1)


def f32(x):
    return np.asarray(x, np.float32)


def cases():
    """(operation, shapes of images, further operands, keyword arguments, how images are drawn)."""
    for kernel, antialias in itertools.product(KERNELS, [False, True]):
        for size in [(3, 9), (17, 2), (4, 7)]:
            yield "resize", [(1, 7, 5, 1)], {}, dict(size=size, interpolation=kernel, antialias=antialias), draw
    yield "resize", [(2, 2, 7, 5)], {}, dict(size=(5, 4), **FIRST), draw
    yield "resize", [(7, 5, 1)], {}, dict(size=(4, 8), interpolation="bicubic"), draw
    yield "resize", [(1, 33, 16, 1)], {}, dict(size=(15, 17), antialias=True), draw
    for how in ["crop_to_aspect_ratio", "pad_to_aspect_ratio"]:
        yield "resize", [(1, 6, 9, 2)], {}, {"size": (4, 4), how: True, "fill_value": 0.5}, draw
        yield "resize", [(1, 2, 9, 4)], {}, {"size": (5, 3), how: True, "interpolation": "nearest", **FIRST}, draw
        yield "resize", [(8, 5, 1)], {}, {"size": (5, 7), how: True}, draw
    for method in ["linear", "cubic", "lanczos3"]:
        for antialias in [True, False]:
            yield "scale_and_translate", [(2, 6, 5, 2)], {"scale": f32([0.7, 1.6]), "translation": f32([0.9, -1.3])}, dict(
                output_shape=(2, 5, 7, 2), spatial_dims=(1, 2), method=method, antialias=antialias
            ), draw
    for fill, kernel in itertools.product(FILLS, ["nearest", "bilinear"]):
        yield "affine_transform", [(2, 5, 6, 2)], {"transform": f32(TRANSFORMS)}, dict(
            interpolation=kernel, fill_mode=fill, fill_value=0.25
        ), draw
    yield "affine_transform", [(2, 3, 5, 6)], {"transform": f32(SKEWED)}, dict(FIRST), draw
    yield "affine_transform", [(2, 5, 6, 3)], {"transform": f32(SKEWED)}, dict(fill_mode="mirror"), draw
    yield "affine_transform", [(5, 1, 1)], {"transform": f32(TRANSFORMS[1])}, dict(fill_mode="reflect"), draw
    for kernel in ["nearest", "bilinear"]:
        yield "perspective_transform", [(2, 5, 6, 2)], {"start_points": f32(START), "end_points": f32(END)}, dict(
            interpolation=kernel, fill_value=0.25
        ), draw
    yield "perspective_transform", [(2, 5, 6)], {"start_points": f32(START[0]), "end_points": f32(END[0])}, dict(FIRST), draw
    places = np.round(random_of("places").uniform(-9, 12, (2, 3, 17)), 2)
    for fill, order in itertools.product(FILLS, [0, 1]):
        yield "map_coordinates", [(4, 5)], {"coordinates": f32(places)}, dict(order=order, fill_mode=fill, fill_value=-1.5), draw
    deep = np.round(random_of("deep").uniform(-1, 4, (3, 16)), 2)
    yield "map_coordinates", [(2, 3, 4)], {"coordinates": f32(deep)}, dict(order=1, fill_mode="reflect"), draw
    yield "map_coordinates", [(5,)], {"coordinates": f32([[0.3, 2.7, 5.5, -2.2]])}, dict(order=1), draw
    yield "gaussian_blur", [(2, 6, 5, 3)], {}, dict(LAST), draw
    yield "gaussian_blur", [(2, 3, 6, 5)], {}, dict(kernel_size=(5, 3), sigma=(0.7, 2.0), **FIRST), draw
    yield "gaussian_blur", [(4, 7, 1)], {}, dict(kernel_size=(4, 7), sigma=(1.5, 0.4), **LAST), draw
    yield "sobel_edges", [(2, 5, 4, 2)], {}, dict(LAST), draw
    yield "sobel_edges", [(2, 2, 5, 4)], {}, dict(FIRST), draw
    yield "ssim", [(2, 12, 13, 2), (2, 12, 13, 2)], {}, dict(max_val=1.0), positive
    yield "ssim", [(8, 9, 1), (8, 9, 1)], {}, dict(max_val=2.0, filter_size=5, filter_sigma=1.0, k1=0.02, k2=0.05), positive
    yield "rgb_to_grayscale", [(2, 3, 4, 3)], {}, {}, draw
    yield "rgb_to_grayscale", [(3, 3, 4)], {}, dict(FIRST), draw
    yield "rgb_to_grayscale", [(3, 4, 1)], {}, {}, draw
    yield "rgb_to_hsv", [(2, 4, 4, 3)], {}, {}, positive
    yield "rgb_to_hsv", [(3, 4, 4)], {}, dict(FIRST), positive
    yield "hsv_to_rgb", [(2, 4, 4, 3)], {}, {}, positive
    yield "hsv_to_rgb", [(3, 4, 4)], {}, dict(FIRST), positive
    yield "crop_images", [(2, 5, 6, 2)], {}, dict(top_cropping=1, left_cropping=2, target_height=3, target_width=3), draw
    yield "crop_images", [(2, 5, 6)], {}, dict(bottom_cropping=1, top_cropping=1, right_cropping=2, target_width=4, **FIRST), draw
    yield "pad_images", [(2, 3, 4, 2)], {}, dict(top_padding=1, left_padding=2, target_height=5, target_width=7), draw
    yield "pad_images", [(2, 3, 4)], {}, dict(bottom_padding=1, top_padding=0, right_padding=2, left_padding=1, **FIRST), draw
    yield "extract_patches", [(2, 6, 7, 2)], {}, dict(size=3), draw
    yield "extract_patches", [(2, 6, 7, 2)], {}, dict(size=(2, 3), padding="same"), draw
    yield "extract_patches", [(2, 6, 7, 2)], {}, dict(size=(2, 3), strides=2), draw
    yield "extract_patches", [(2, 6, 7)], {}, dict(size=2, strides=1, dilation_rate=2, **FIRST), draw
    yield "extract_patches", [(4, 5, 4, 1)], {}, dict(size=(2, 2, 2)), draw
    yield "extract_patches_3d", [(1, 4, 4, 3, 2)], {}, dict(size=2, strides=(1, 2, 2), padding="same"), draw
    yield "extract_patches_3d", [(2, 4, 4, 5)], {}, dict(size=(2, 2, 3), **FIRST), draw


def run(name, op, shapes, operands, options, drawn):
    rng = random_of(name)
    images = [drawn(rng, shape) for shape in shapes]
    f = getattr(ops.image, op)
    compute = lambda *x: f(*x, **{k: jnp.asarray(v) for k, v in operands.items()}, **options)  # noqa: E731
    output = compute(*images)
    out_gradient = draw(rng, output.shape)
    gradient = jax.grad(lambda x: jnp.sum(compute(x, *images[1:]) * out_gradient))(jnp.asarray(images[0]))
    return {
        "name": name,
        "op": op,
        "images": tensors(images),
        "operands": {k: tensor(v) for k, v in operands.items()},
        "options": options,
        "output": tensor(output),
        "output_gradient": tensor(out_gradient),
        "input_gradient": tensor(gradient),
    }


def generate():
    counts, results = {}, []
    for op, *case in cases():
        counts[op] = counts.get(op, 0) + 1
        results.append(run(f"{op} {counts[op] - 1}", op, *case))
    write("image_ops.json", results)
