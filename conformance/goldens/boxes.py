"""boxes.json: keras.utils.bounding_boxes, and masks of keras.visualization drawn on images."""

import itertools

import numpy as np
from keras import ops
from keras import utils, visualization

from .common import random_of, tensor, uniform, write

FORMATS = [
    "xyxy",
    "yxyx",
    "xywh",
    "center_xywh",
    "center_yxhw",
    "rel_xyxy",
    "rel_yxyx",
    "rel_xywh",
    "rel_center_xywh",
]

boxes = utils.bounding_boxes
SIZE = {"height": 40, "width": 60}


def corners(name, *shape, low=0, high=60):
    rng = random_of(name)
    start = uniform(rng, (*shape, 2), low, high)
    return np.concatenate([start, start + uniform(rng, (*shape, 2), 1, 30)], -1)


def case(name, args, options, result, **more):
    given = [tensor(a) if isinstance(a, np.ndarray) else a for a in args]
    named = {k: tensor(v) if isinstance(v, np.ndarray) else v for k, v in options.items()}
    return {"name": name, "args": given, "options": named, **more, "output": tensor(result)}


def conversions():
    given = corners("conversions", 3)
    for source, target in itertools.product(FORMATS, FORMATS):
        start = np.asarray(boxes.convert_format(given, "xyxy", source, **SIZE), "float32")
        yield case("convert_format", [start, source, target], SIZE, boxes.convert_format(start, source, target, **SIZE))
    batch = corners("batch", 2, 3)
    yield case("convert_format", [batch, "XYXY", "Center_xyWH"], {}, boxes.convert_format(batch, "XYXY", "Center_xyWH"))
    whole = np.array([[1, 2, 11, 12]], "int32")
    yield case(
        "convert_format",
        [whole, "xyxy", "xywh"],
        {"dtype": "int32"},
        boxes.convert_format(whole, "xyxy", "xywh", dtype="int32"),
    )


def clips():
    for name, shape in [("one", (5,)), ("batch", (2, 4))]:
        given = corners(f"clip {name}", *shape, low=-50, high=70)
        labels = np.arange(np.prod(shape)).reshape(shape).astype("int32")
        for given, options in [
            (given, SIZE),
            ((given / 50).astype("float32"), {"bounding_box_format": "rel_xyxy"}),
        ]:
            result = boxes.clip_to_image_size(
                {"boxes": ops.convert_to_tensor(given), "labels": ops.convert_to_tensor(labels)}, **options
            )
            yield case(
                "clip_to_image_size", [given], options, result["boxes"], labels=tensor(labels),
                labels_after=tensor(result["labels"]),
            )


def transforms():
    given = corners("affine", 2, 3)
    f = lambda *v: np.array(v, "float32")
    for parts, options in [
        ((f(0, 30), f(0, 0), f(0, 0), f(1, 1), f(0, 0), f(0, 0)), {}),
        ((f(90, -45), f(0.1, -0.2), f(0.3, 0), f(0.5, 2), f(10, 0), f(0, -20)), {}),
        ((f(10, 20), f(0.1, 0.1), f(0.2, 0), f(1.5, 1), f(5, 15), f(25, -5)), {"center_x": 0.2, "center_y": 0.9}),
    ]:
        args = [given, *parts, 40, 60]
        yield case("affine_transform", args, options, boxes.affine_transform(*args, **options))
    for shape in [(4,), (2, 3)]:
        given = corners("crop", *shape)
        yield case("crop", [given, 10, 20, 25, 30], {}, boxes.crop(given, 10, 20, 25, 30))
        yield case("pad", [given, 3, 7], {"height": 5, "width": 6}, boxes.pad(given, 3, 7, height=5, width=6))


def deltas():
    shape = [40, 60, 3]
    for batched, encoding, variance, formats in [
        ((4,), "center_yxhw", None, ("xyxy", "xyxy")),
        ((2, 4), "center_xywh", [0.1, 0.1, 0.2, 0.2], ("xywh", "center_yxhw")),
        ((2, 4), "center_yxhw", [0.5, 1.0, 2.0, 4.0], ("rel_xyxy", "rel_center_xywh")),
    ]:
        anchors = np.asarray(boxes.convert_format(corners("anchors", 4), "xyxy", formats[0], **SIZE), "float32")
        given = np.asarray(boxes.convert_format(corners("boxes", *batched), "xyxy", formats[1], **SIZE), "float32")
        anchors = np.broadcast_to(anchors, (*batched, 4)) if batched == (2, 4) else anchors
        options = {"encoding_format": encoding, "variance": variance, "image_shape": shape}
        encoded = np.asarray(boxes.encode_box_to_deltas(anchors, given, *formats, **options))
        yield case("encode_box_to_deltas", [anchors, given, *formats], options, encoded)
        del options["encoding_format"]
        options["encoded_format"] = encoding
        decoded = boxes.decode_deltas_to_boxes(anchors, encoded, *formats, **options)
        yield case("decode_deltas_to_boxes", [anchors, encoded, *formats], options, decoded)
    flat = np.array([[5, 5, 5, 9], [1, 1, 0, 4]], "float32")
    other = np.array([[5, 5, 8, 5], [1, 1, 3, 3]], "float32")
    yield case("encode_box_to_deltas", [flat, other, "xyxy", "xyxy"], {}, boxes.encode_box_to_deltas(flat, other, "xyxy", "xyxy"))


def overlaps():
    for first, second in [((3,), (4,)), ((2, 3), (2, 4)), ((2, 3), (4,)), ((3,), (2, 4))]:
        a, b = corners("iou 1", *first), corners("iou 2", *second)
        for name in ["xyxy", "center_yxhw"]:
            p, q = [np.asarray(boxes.convert_format(x, "xyxy", name), "float32") for x in (a, b)]
            yield case("compute_iou", [p, q, name], {}, boxes.compute_iou(p, q, name))
    for name in ["rel_yxyx", "rel_xywh"]:
        p, q = [np.asarray(boxes.convert_format(x, "xyxy", name, **SIZE), "float32") for x in (a, b)]
        options = {"image_shape": [40, 60, 3]}
        yield case("compute_iou", [p, q, name], options, boxes.compute_iou(p, q, name, **options))
    for first, second in [((3,), (4,)), ((2, 3), (2, 4))]:
        a, b = corners("masked 1", *first), corners("masked 2", *second)
        a[..., 0, :] = -1
        b[..., 1, :] = -1
        for options in [{"use_masking": True}, {"use_masking": True, "mask_val": 7}]:
            yield case("compute_iou", [a, b, "xyxy"], options, boxes.compute_iou(a, b, "xyxy", **options))
    for shape in [(5,), (2, 3)]:
        a, b = corners("ciou 1", *shape), corners("ciou 2", *shape)
        b[..., 0, :] = a[..., 0, :]
        for name in ["xyxy", "xywh", "center_yxhw"]:
            p, q = [np.asarray(boxes.convert_format(x, "xyxy", name), "float32") for x in (a, b)]
            yield case("compute_ciou", [p, q, name], {}, boxes.compute_ciou(p, q, name))


def drawn_masks():
    rng = random_of("masks")
    images = rng.integers(0, 256, (2, 3, 4, 3)).astype("uint8")
    masks = rng.integers(-1, 4, (2, 3, 4, 1)).astype("int32")
    colors = {0: [1, 2, 3], 1: [200, 100, 0], 2: [0, 0, 255], 3: [9, 9, 9]}
    for options in [
        {},
        {"num_classes": 4},
        {"num_classes": 4, "alpha": 0.3, "ignore_index": 2},
        {"num_classes": 3, "color_mapping": colors, "blend": False},
        {"num_classes": 4, "color_mapping": colors, "alpha": 1.0, "ignore_index": 0},
    ]:
        result = visualization.draw_segmentation_masks(images, masks, **options)
        yield case("draw_segmentation_masks", [images, masks], options, result)
    first = np.transpose(images, (0, 3, 1, 2)), np.transpose(masks, (0, 3, 1, 2))
    options = {"num_classes": 4, "data_format": "channels_first"}
    yield case("draw_segmentation_masks", list(first), options, visualization.draw_segmentation_masks(*first, **options))
    part = (rng.uniform(0, 1, (1, 2, 2, 3)).astype("float32"), np.array([[[[1], [0]], [[2], [1]]]], "uint8"))
    yield case("draw_segmentation_masks", list(part), {}, visualization.draw_segmentation_masks(*part))


def generate():
    write("boxes.json", [*conversions(), *clips(), *transforms(), *deltas(), *overlaps(), *drawn_masks()])
