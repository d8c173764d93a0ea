"""pictures.json: pictures in files as keras.utils.load_img reads them, arrays as pictures, and boxes drawn on images."""

import base64
import io
import struct
import zlib

import keras
import numpy as np
from keras import utils, visualization
from PIL import Image

from .common import random_of, tensor, write

H, W = 9, 13


def base(channels, name="base", height=H, width=W):
    """Slopes, and noise on a part of them."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [(x * 19 + 7) % 256, (y * 27) % 256, ((x + 2 * y) * 11) % 256, (x * y * 5 + 40) % 256]
    image = np.stack(planes, -1)[..., :channels]
    image[2:5, 3:9] = random_of(name).integers(0, 256, image[2:5, 3:9].shape)
    return image.astype("uint8")


def saved(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def png(samples, kind, depth, interlaced=False, more=()):
    """A PNG file of samples [height, width, samples], every filter in turn."""
    height, width, n = samples.shape
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    body = b""
    for x, y, dx, dy in passes if interlaced else [(0, 0, 1, 1)]:
        part = samples[y::dy, x::dx]
        if part.size == 0:
            continue
        above = None
        for r, line in enumerate(part):
            values = line.ravel()
            if depth == 16:
                raw = values.astype(">u2").tobytes()
            elif depth == 8:
                raw = values.astype("uint8").tobytes()
            else:
                bits = "".join(format(int(v), f"0{depth}b") for v in values)
                raw = bytes(int(bits[i : i + 8].ljust(8, "0"), 2) for i in range(0, len(bits), 8))
            raw, bpp, filter = list(raw), max(1, n * depth // 8), r % 5
            above = above or [0] * len(raw)
            left = [0] * bpp + raw
            corner = [0] * bpp + above
            out = []
            for i, v in enumerate(raw):
                a, b, c = left[i], above[i], corner[i]
                p = a + b - c
                best = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
                out.append((v - [0, a, b, (a + b) // 2, best][filter]) % 256)
            body += bytes([filter, *out])
            above = raw
    chunk = lambda t, d: struct.pack(">I", len(d)) + t + d + struct.pack(">I", zlib.crc32(t + d))
    data = zlib.compress(body)
    half = len(data) // 2
    parts = [(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, int(interlaced))), *more]
    parts += [(b"IDAT", data[:half]), (b"IDAT", data[half:]), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(t, d) for t, d in parts)


def bmp16(image, masks):
    """A BMP file of 16 bits a pixel, topmost line first."""
    height, width, _ = image.shape
    shifts = [(m & -m).bit_length() - 1 for m in masks]
    sizes = [m >> s for m, s in zip(masks, shifts)]
    lines = b""
    for line in image.astype(int):
        raw = b"".join(struct.pack("<H", sum((v * z // 255) << s for v, z, s in zip(p, sizes, shifts))) for p in line)
        lines += raw.ljust(-(-len(raw) // 4) * 4, b"\0")
    head = struct.pack("<IiiHHIIiiII", 40, width, -height, 1, 16, 3, len(lines), 0, 0, 0, 0) + struct.pack("<III", *masks)
    return b"BM" + struct.pack("<IHHI", 14 + len(head) + len(lines), 0, 0, 14 + len(head)) + head + lines


def files():
    rgb, rgba, grey = Image.fromarray(base(3)), Image.fromarray(base(4)), Image.fromarray(base(1)[..., 0])
    few = rgb.quantize(16)
    palette = lambda n: (b"PLTE", bytes(random_of("palette").integers(0, 256, 3 * n).astype("uint8")))
    levels = lambda n: base(1) % n
    wide = (base(4).astype("uint16") << 8) + base(4, "low")
    return {
        "rgb.png": saved(rgb, "png"),
        "rgba.png": saved(rgba, "png"),
        "grey.png": saved(grey, "png"),
        "palette.png": saved(few, "png"),
        "bit.png": png(levels(2), 0, 1),
        "grey2.png": png(levels(4), 0, 2),
        "grey4 interlaced.png": png(levels(16), 0, 4, True),
        "grey16.png": png(wide[..., :1], 0, 16),
        "grey alpha.png": png(base(2), 4, 8),
        "grey alpha 16.png": png(wide[..., :2], 4, 16),
        "rgb16 interlaced.png": png(wide[..., :3], 2, 16, True),
        "rgba16.png": png(wide, 6, 16),
        "rgb interlaced.png": png(base(3), 2, 8, True),
        "palette1.png": png(levels(2), 3, 1, False, [palette(2)]),
        "palette4 transparent.png": png(levels(12), 3, 4, True, [palette(12), (b"tRNS", bytes([0, 100, 255]))]),
        "rgb key.png": png(base(3), 2, 8, False, [(b"tRNS", struct.pack(">HHH", *map(int, base(3)[4, 4])))]),
        "grey key.png": png(base(1), 0, 8, False, [(b"tRNS", struct.pack(">H", int(base(1)[4, 4, 0])))]),
        "420.jpg": saved(rgb, "jpeg", quality=80),
        "444.jpg": saved(rgb, "jpeg", quality=90, subsampling=0),
        "422.jpg": saved(rgb, "jpeg", subsampling=1),
        "progressive.jpg": saved(rgb, "jpeg", progressive=True),
        "grey.jpg": saved(grey, "jpeg"),
        "rgb.bmp": saved(rgb, "bmp"),
        "rgba.bmp": saved(rgba, "bmp"),
        "grey.bmp": saved(grey, "bmp"),
        "palette.bmp": saved(rgb.quantize(200), "bmp"),
        "bit.bmp": saved(grey.convert("1"), "bmp"),
        "565.bmp": bmp16(base(3), [0xF800, 0x7E0, 0x1F]),
        "555.bmp": bmp16(base(3), [0x7C00, 0x3E0, 0x1F]),
        "few.gif": saved(few, "gif", interlace=0),
        "interlaced.gif": saved(Image.fromarray(base(3, height=21)).quantize(64), "gif", interlace=1),
        "transparent.gif": saved(few, "gif", transparency=3),
        "two.gif": saved(few, "gif", save_all=True, append_images=[rgb.quantize(8)]),
    }


def options_of(name):
    sizes = [(5, 7), (20, 31), (9, 6)]
    if name == "rgb.png":
        for interpolation in ["nearest", "bilinear", "bicubic", "hamming", "box", "lanczos"]:
            for size in sizes:
                yield {"target_size": size, "interpolation": interpolation}
            yield {"target_size": (7, 4), "interpolation": interpolation, "keep_aspect_ratio": True}
        yield {"target_size": (4, 11), "keep_aspect_ratio": True}
    if name == "rgba.png":
        for interpolation in ["nearest", "bilinear", "lanczos"]:
            yield {"color_mode": "rgba", "target_size": (6, 9), "interpolation": interpolation}
    if name == "grey16.png":
        for interpolation in ["nearest", "bilinear", "bicubic"]:
            yield {"color_mode": "grayscale", "target_size": (6, 9), "interpolation": interpolation}


def loaded():
    for name, data in files().items():
        results = []
        for options in [{"color_mode": m} for m in ("rgb", "rgba", "grayscale")] + list(options_of(name)):
            image = utils.load_img(io.BytesIO(data), **options)
            array = np.asarray(image)
            if array.ndim == 2:
                array = array[..., None]
            results.append({"options": options, "mode": image.mode, "pixels": tensor(array)})
        yield {"name": "load_img", "file": name, "bytes": base64.b64encode(data).decode(), "results": results}


def arrays():
    rng = random_of("arrays")
    for shape, options in [
        ((3, 4, 3), {}),
        ((3, 4, 4), {"scale": False}),
        ((2, 3, 5), {"data_format": "channels_first", "scale": True}),
        ((3, 4, 1), {"scale": False}),
        ((3, 4, 1), {}),
    ]:
        if options.get("data_format"):
            shape = (3, 2, 5)
        low, high = (0, 256) if options.get("scale") is False else (-3, 3)
        x = np.round(rng.uniform(low, high, shape), 2).astype("float32")
        if shape[-1] == 1 and "scale" in options:
            x *= 100
        image = utils.array_to_img(x, **options)
        yield {
            "name": "array_to_img",
            "op": "img_to_array",
            "input": tensor(x),
            "options": options,
            "mode": image.mode,
            "pixels": tensor(np.asarray(image)),
            "array": tensor(utils.img_to_array(image)),
            "first": tensor(utils.img_to_array(image, data_format="channels_first")),
        }
    zeros = utils.array_to_img(np.zeros((2, 2, 1), "float32"))
    yield {"name": "array_to_img", "input": tensor(np.zeros((2, 2, 1), "float32")), "options": {}, "mode": zeros.mode,
           "pixels": tensor(np.asarray(zeros)), "array": tensor(utils.img_to_array(zeros)),
           "first": tensor(utils.img_to_array(zeros, data_format="channels_first"))}


def drawn():
    rng = random_of("drawn")
    images = rng.integers(0, 200, (2, 20, 24, 3)).astype("uint8")
    boxes = np.array([[[4, 5, 15, 12], [-3, 2, 30, 17.9]], [[10, 10, 4, 3], [1, 1, 2, 2]]], "float32")
    labels = np.array([[0, 1], [2, -1]], "int32")
    for options in [{}, {"line_thickness": 1, "color": [255, 0, 9]}, {"line_thickness": 5}, {"line_thickness": 4}]:
        given = {"boxes": boxes, "labels": labels}
        result = visualization.draw_bounding_boxes(images.copy(), given, "xyxy", **options)
        yield {"name": "draw_bounding_boxes", "images": tensor(images), "boxes": tensor(boxes), "labels": tensor(labels),
               "format": "xyxy", "options": options, "output": tensor(result)}
    small = np.round(rng.uniform(0, 1, (1, 8, 8, 3)), 2).astype("float32")
    one = np.array([[[0.25, 0.25, 0.5, 0.5]]], "float32")
    for images in (small, small * 200):
        given = {"boxes": one, "labels": np.zeros((1, 1), "int32")}
        result = visualization.draw_bounding_boxes(images, given, "rel_xywh", line_thickness=1)
        yield {"name": "draw_bounding_boxes", "images": tensor(images), "boxes": tensor(one),
               "labels": tensor(given["labels"]), "format": "rel_xywh", "options": {"line_thickness": 1},
               "output": tensor(result)}


def generate():
    keras.config.set_image_data_format("channels_last")
    write("pictures.json", [*loaded(), *arrays(), *drawn()])
