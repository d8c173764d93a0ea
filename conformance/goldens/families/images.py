"""Layers for images and other grids: convolutions, windows, sizes, augmentation in inference."""

import keras
from keras import layers

from ..common import draw, uniform


def convolution(rng):
    line, plane, first, space = (
        keras.Input((7, 2)),
        keras.Input((None, None, 4)),
        keras.Input((2, 5, 6)),
        keras.Input((3, 4, 3, 2)),
    )
    outputs = [
        layers.Conv1D(2, 3, padding="causal", dilation_rate=2)(line),
        layers.Conv1D(4, 2, strides=2, groups=2, activation="relu")(line),
        layers.Conv2D(4, [3, 2], groups=2, padding="same", strides=2)(plane),
        layers.Conv2D(3, 2, dilation_rate=[2, 1], use_bias=False)(plane),
        layers.Conv2D(3, 3, data_format="channels_first")(first),
        layers.Conv2D(2, 2, padding="same", strides=[2, 1], data_format="channels_first")(first),
        layers.Conv3D(2, 2, strides=[1, 2, 1], padding="same", activation="tanh")(space),
        layers.Conv3D(2, [2, 1, 2], groups=2)(space),
    ]
    inputs = [draw(rng, (2, 7, 2)), draw(rng, (2, 5, 6, 4)), draw(rng, (2, 2, 5, 6)), draw(rng, (2, 3, 4, 3, 2))]
    return keras.Model([line, plane, first, space], outputs), inputs


def convolution_kinds(rng):
    line, plane, first, space = keras.Input((6, 2)), keras.Input((4, 5, 2)), keras.Input((2, 4, 3)), keras.Input((2, 3, 2, 1))
    outputs = [
        layers.DepthwiseConv1D(3, depth_multiplier=2, padding="same")(line),
        layers.DepthwiseConv2D(2, strides=2, activation="relu")(plane),
        layers.DepthwiseConv2D(2, dilation_rate=2, padding="same", use_bias=False)(plane),
        layers.DepthwiseConv2D(2, data_format="channels_first")(first),
        layers.SeparableConv1D(3, 2, strides=2, padding="same")(line),
        layers.SeparableConv2D(3, [2, 3], depth_multiplier=2, padding="same")(plane),
        layers.Conv1DTranspose(3, 3, strides=2, padding="same")(line),
        layers.Conv1DTranspose(2, 2, dilation_rate=2, use_bias=False)(line),
        layers.Conv2DTranspose(2, 3, strides=2, output_padding=1, padding="same", activation="elu")(plane),
        layers.Conv2DTranspose(3, [2, 3], strides=[3, 2])(plane),
        layers.Conv2DTranspose(1, 2, data_format="channels_first")(first),
        layers.Conv3DTranspose(2, 2, strides=2, padding="same")(space),
    ]
    inputs = [draw(rng, (2, 6, 2)), draw(rng, (2, 4, 5, 2)), draw(rng, (2, 2, 4, 3)), draw(rng, (2, 2, 3, 2, 1))]
    return keras.Model([line, plane, first, space], outputs), inputs


def pooling(rng):
    line, plane, first, space = keras.Input((7, 2)), keras.Input((5, 6, 2)), keras.Input((2, 5, 4)), keras.Input((2, 4, 3, 2))
    outputs = [
        layers.MaxPooling1D(3, strides=1, padding="same")(line),
        layers.AveragePooling1D(2)(line),
        layers.MaxPooling2D([3, 2], strides=2, padding="same")(plane),
        layers.AveragePooling2D([2, 3], strides=[1, 2], padding="same")(plane),
        layers.MaxPooling2D(2, data_format="channels_first")(first),
        layers.AveragePooling3D([1, 2, 2])(space),
        layers.MaxPooling3D(2, strides=1, padding="same")(space),
        layers.GlobalMaxPooling1D(keepdims=True)(line),
        layers.GlobalAveragePooling2D()(plane),
        layers.GlobalMaxPooling2D(data_format="channels_first", keepdims=True)(first),
        layers.GlobalAveragePooling3D()(space),
        layers.AdaptiveAveragePooling1D(3)(line),
        layers.AdaptiveMaxPooling2D([2, 4])(plane),
        layers.AdaptiveAveragePooling2D(3, data_format="channels_first")(first),
        layers.AdaptiveMaxPooling3D([1, 2, 3])(space),
        layers.UpSampling1D(2)(line),
        layers.UpSampling2D([2, 3], interpolation="bilinear")(plane),
        layers.UpSampling2D(2, data_format="channels_first")(first),
        layers.UpSampling3D([1, 2, 1])(space),
        layers.ZeroPadding1D([1, 2])(line),
        layers.ZeroPadding2D([[1, 0], [0, 2]], data_format="channels_first")(first),
        layers.ZeroPadding3D(1)(space),
        layers.Cropping1D([1, 2])(line),
        layers.Cropping2D([[1, 0], [0, 2]])(plane),
        layers.Cropping3D([[0, 1], [1, 0], [1, 1]])(space),
    ]
    inputs = [draw(rng, (2, 7, 2)), draw(rng, (2, 5, 6, 2)), draw(rng, (2, 2, 5, 4)), draw(rng, (1, 2, 4, 3, 2))]
    inputs[3] = draw(rng, (2, 2, 4, 3, 2))
    return keras.Model([line, plane, first, space], outputs), inputs


def augmentation(rng):
    """What random layers let pass, and layers that change images in inference, too."""
    x = keras.Input((6, 8, 3))
    y = x
    for layer in [
        layers.RandomFlip("horizontal", seed=3),
        layers.RandomRotation([-0.1, 0.2], fill_mode="constant"),
        layers.RandomZoom(0.2, [-0.1, 0.1], interpolation="nearest"),
        layers.RandomTranslation(0.1, [0.0, 0.2], fill_mode="wrap"),
        layers.RandomContrast([0.1, 0.4], value_range=(0, 1)),
        layers.RandomBrightness(0.3, value_range=(0.0, 1.0)),
        layers.RandomHue(0.2, value_range=(0, 1)),
        layers.RandomSaturation((0.2, 0.7)),
        layers.RandomSharpness(0.4, value_range=(0, 1)),
        layers.RandomGrayscale(0.3),
        layers.RandomErasing(0.5),
        layers.RandomPerspective(0.2, scale=0.3),
        layers.RandomGaussianBlur(0.5, kernel_size=3),
        layers.RandomColorJitter(value_range=(0, 1), brightness_factor=0.2),
        layers.RandAugment(value_range=(0, 1), num_ops=2),
        layers.MixUp(0.3),
        layers.CutMix(0.7),
    ]:
        y = layer(y)
    outputs = [
        y,
        layers.Resizing(4, 5)(x),
        layers.Resizing(5, 5, interpolation="bicubic", crop_to_aspect_ratio=True)(x),
        layers.Resizing(7, 4, interpolation="nearest", pad_to_aspect_ratio=True, fill_value=0.5)(x),
        layers.CenterCrop(4, 5)(x),
        layers.CenterCrop(5, 9)(x),
        layers.AutoContrast(value_range=(0, 1))(x),
        layers.Rescaling([2.0, 1.0, 0.5], offset=-1.0)(x),
        layers.RandomCrop(6, 8)(x),
        layers.Solarization(value_range=(0, 1), addition_factor=0.2)(x),
    ]
    return keras.Model(x, outputs), [uniform(rng, (2, 6, 8, 3), 0, 1)]


MODELS = [convolution, convolution_kinds, pooling, augmentation]
