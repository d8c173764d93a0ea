"""image_layers.json: what random layers for images do with a transformation that Keras drew, to images, labels, boxes, masks."""

import inspect

import keras
import numpy as np

from .common import random_of, same_config, tensor, uniform, write

LABELS = np.asarray([[1, 0, 0], [0, 1, 0]], np.float32)
BOXES = np.asarray(
    [[[0.5, 1.0, 3.5, 4.0], [2.0, 0.5, 4.5, 5.5]], [[1.0, 2.0, 2.5, 3.5], [0.0, 0.0, 5.0, 6.0]]], np.float32
)
BOX_LABELS = np.asarray([[4, 2], [1, 7]], np.int32)

# (layer, options, what there is beside the images: labels, boxes, masks)
CASES = [
    ("Resizing", dict(height=4, width=7), "bm"),
    ("Resizing", dict(height=4, width=7, crop_to_aspect_ratio=True), "bm"),
    ("Resizing", dict(height=4, width=7, pad_to_aspect_ratio=True), "bm"),
    ("CenterCrop", dict(height=4, width=3), "bm"),
    ("CenterCrop", dict(height=7, width=4), "bm"),
    ("RandomCrop", dict(height=4, width=3), "bm"),
    ("RandomCrop", dict(height=7, width=4), "m"),
    ("RandomFlip", dict(mode="horizontal"), "bm"),
    ("RandomFlip", dict(mode="vertical", bounding_box_format="rel_xyxy"), "bm"),
    ("RandomFlip", dict(data_format="channels_first"), ""),
    ("RandomTranslation", dict(height_factor=0.4, width_factor=0.3), "bm"),
    ("RandomTranslation", dict(height_factor=0.4, width_factor=0.3, fill_mode="constant", fill_value=3.0), ""),
    ("RandomTranslation", dict(height_factor=0.4, width_factor=0.3, fill_mode="wrap", data_format="channels_first"), ""),
    ("RandomRotation", dict(factor=0.3), "bm"),
    ("RandomRotation", dict(factor=0.3, fill_mode="nearest", data_format="channels_first"), ""),
    ("RandomZoom", dict(height_factor=0.4), "bm"),
    ("RandomZoom", dict(height_factor=0.4, width_factor=0.3, fill_mode="constant", interpolation="nearest"), "bm"),
    ("RandomZoom", dict(height_factor=0.4, data_format="channels_first"), ""),
    ("RandomShear", dict(x_factor=0.4, y_factor=0.2), "bm"),
    ("RandomShear", dict(x_factor=0.4, fill_mode="wrap", data_format="channels_first"), ""),
    ("RandomPerspective", dict(factor=[1.0, 1.0], scale=0.5), "bm"),
    ("RandomPerspective", dict(factor=0.9, fill_value=2.0, data_format="channels_first"), ""),
    ("RandomContrast", dict(factor=0.7), ""),
    ("RandomContrast", dict(factor=[0.2, 0.9], value_range=[0, 5], data_format="channels_first"), ""),
    ("RandomBrightness", dict(factor=0.5), ""),
    ("RandomHue", dict(factor=0.8, value_range=[0, 10]), ""),
    ("RandomHue", dict(factor=0.8, value_range=[0, 10], data_format="channels_first"), ""),
    ("RandomSaturation", dict(factor=0.7), ""),
    ("RandomSaturation", dict(factor=[0.2, 0.9], data_format="channels_first"), ""),
    ("RandomSharpness", dict(factor=0.9), ""),
    ("RandomSharpness", dict(factor=0.9, value_range=[1, 9], data_format="channels_first"), ""),
    ("RandomColorDegeneration", dict(factor=0.7), ""),
    ("RandomColorDegeneration", dict(factor=0.7, data_format="channels_first"), ""),
    ("RandomGrayscale", dict(factor=0.5), ""),
    ("RandomInvert", dict(factor=[0.5, 1.0], value_range=[0, 10]), ""),
    ("RandomPosterization", dict(factor=[2, 7], value_range=[0, 10]), ""),
    ("RandomGaussianBlur", dict(factor=[0.9, 1.0], kernel_size=[3, 5]), ""),
    ("RandomGaussianBlur", dict(factor=[0.9, 1.0], sigma=[0.6, 0.9], data_format="channels_first"), ""),
    ("RandomErasing", dict(factor=[1.0, 1.0], scale=[0.1, 0.6], value_range=[0, 10]), ""),
    ("RandomErasing", dict(factor=[1.0, 1.0], fill_value=4.0, scale=[0.3, 0.6], data_format="channels_first"), ""),
    ("Solarization", dict(addition_factor=0.02, threshold_factor=0.04), ""),
    ("Solarization", dict(addition_factor=0.3, threshold_factor=0.9, value_range=[0, 10]), ""),
    ("MixUp", dict(alpha=0.7), "l"),
    ("CutMix", dict(factor=0.9), "lm"),
    ("AugMix", dict(value_range=[0, 10]), ""),
    ("AugMix", dict(value_range=[0, 10], all_ops=False, num_chains=2), ""),
    ("RandAugment", dict(value_range=[0, 10], num_ops=3), ""),
    ("RandAugment", dict(value_range=[0, 10], num_ops=3, factor=0.2), ""),
]


def plain(x):
    """A transformation as JSON: dicts and lists of tensors and numbers."""
    if isinstance(x, dict):
        return {k: plain(v) for k, v in x.items()}
    if isinstance(x, (list, tuple)):
        return [plain(v) for v in x]
    return x if x is None or isinstance(x, (int, float, str)) else {"tensor": tensor(x)}


def run(name, layer, options, beside):
    keras.utils.clear_session()
    rng = random_of(name)
    first = options.get("data_format") == "channels_first"
    if "b" in beside:
        options = {"bounding_box_format": "xyxy", **options}
    made = getattr(keras.layers, layer)(**options)
    images = uniform(rng, (2, 3, 6, 5) if first else (2, 6, 5, 3), 0, 10)
    seed = int(rng.integers(1, 1000))
    given = {} if "seed" not in inspect.signature(made.get_random_transformation).parameters else {"seed": seed}
    if layer in ("AugMix", "RandAugment"):
        given = {}
        made.generator = keras.random.SeedGenerator(seed)
    import random

    random.seed(seed)
    transformation = made.get_random_transformation(images, training=True, **given)
    result = {
        "name": name,
        "class_name": layer,
        "config": same_config(made.get_config()),
        "images": tensor(images),
        "transformation": plain(transformation),
        "output": tensor(made.transform_images(images, transformation)),
    }
    if "l" in beside:
        result["labels"] = tensor(LABELS)
        result["labels_after"] = tensor(made.transform_labels(LABELS, transformation))
    if "b" in beside:
        scale = np.asarray([5, 6, 5, 6], np.float32) if options["bounding_box_format"] == "rel_xyxy" else 1
        boxes = {"boxes": BOXES / scale, "labels": BOX_LABELS}
        result["boxes"] = plain(boxes)
        result["boxes_after"] = plain(made.transform_bounding_boxes(dict(boxes), transformation))
    if "m" in beside:
        masks = rng.integers(0, 4, (2, 6, 5, 1)).astype(np.float32)
        result["masks"] = tensor(masks)
        result["masks_after"] = tensor(made.transform_segmentation_masks(masks, transformation))
    return result


def generate():
    counts, results = {}, []
    for layer, options, beside in CASES:
        counts[layer] = counts.get(layer, 0) + 1
        results.append(run(f"{layer} {counts[layer] - 1}", layer, options, beside))
    write("image_layers.json", results)
