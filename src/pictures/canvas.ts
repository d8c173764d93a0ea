import { letterOf } from './letters.ts';

/** Red, green and blue, 0 to 255; the first alone for grey. A fourth one says how opaque, 255 by default. */
export type Color = readonly number[];

/** Bytes of a picture that is drawn on, row by row. */
export class Canvas {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint8Array;

  constructor(width: number, height: number, channels: number, data?: Uint8Array) {
    this.width = width;
    this.height = height;
    this.channels = channels;
    this.data = data ?? new Uint8Array(width * height * channels);
  }

  /** Columns `left` to `right` of rows `top` to `bottom`, the last ones too; what lies outside is left out. */
  fill(left: number, top: number, right: number, bottom: number, color: Color): void {
    const { width, channels, data } = this;
    const [from, to] = [Math.max(0, left), Math.min(width - 1, right)];
    for (let y = Math.max(0, top); y <= Math.min(this.height - 1, bottom); y++)
      for (let x = from; x <= to; x++)
        for (let c = 0; c < channels; c++) data[(y * width + x) * channels + c] = color[c] ?? (c === 3 ? 255 : 0);
  }

  /** A disc around a point, as wide as pens of OpenCV are: by the midpoint algorithm. */
  disc(x: number, y: number, radius: number, color: Color): void {
    const row = (reach: number, down: number) => {
      this.fill(x - reach, y - down, x + reach, y - down, color);
      this.fill(x - reach, y + down, x + reach, y + down, color);
    };
    let error = 0;
    for (let wide = radius, high = 0; wide >= high; high++) {
      row(wide, high);
      row(high, wide);
      error += 2 * high + 1;
      if (error > 0) error -= 2 * wide-- - 1;
    }
  }

  /**
   * The outline of a rectangle, or the whole of it for a negative thickness. Lines are as OpenCV draws them: 1 pixel for 1, 3 pixels for
   * 2, 5 for 3 and 4, with round corners.
   */
  rectangle(x1: number, y1: number, x2: number, y2: number, color: Color, thickness: number): void {
    const [left, right] = [Math.min(x1, x2), Math.max(x1, x2)];
    const [top, bottom] = [Math.min(y1, y2), Math.max(y1, y2)];
    if (thickness < 0) {
      this.fill(left, top, right, bottom, color);
      return;
    }
    const r = radiusOf(thickness);
    for (const y of [top, bottom]) this.fill(left, y - r, right, y + r, color);
    for (const x of [left, right]) {
      this.fill(x - r, top, x + r, bottom, color);
      for (const y of [top, bottom]) this.disc(x, y, r, color);
    }
  }

  /** A line of pixels, one for each step along its longer side. */
  line(x1: number, y1: number, x2: number, y2: number, color: Color, thickness: number): void {
    const steps = Math.max(1, Math.abs(x2 - x1), Math.abs(y2 - y1));
    for (let i = 0; i <= steps; i++)
      this.disc(
        Math.round(x1 + ((x2 - x1) * i) / steps),
        Math.round(y1 + ((y2 - y1) * i) / steps),
        radiusOf(thickness),
        color,
      );
  }

  /** Text whose capitals stand on row `y` and are 21 times `scale` pixels high. */
  text(text: string, x: number, y: number, color: Color, scale: number, thickness: number): void {
    let at = x;
    for (const character of text) {
      const { width, strokes } = letterOf(character);
      for (const points of strokes)
        points.slice(1).forEach(([toX, toY], i) => {
          const [fromX, fromY] = points[i]!;
          const place = (p: number, q: number) => [Math.round(at + p * scale), Math.round(y + q * scale)] as const;
          this.line(...place(fromX, fromY), ...place(toX, toY), color, thickness);
        });
      at += width * scale;
    }
  }
}

/** The pixels that a line reaches to both sides. */
const radiusOf = (thickness: number): number => (thickness <= 1 ? 0 : (thickness + 1) >> 1);

/** How wide a text is. */
export function textWidth(text: string, scale: number): number {
  return Array.from(text).reduce((sum, character) => sum + letterOf(character).width, 0) * scale;
}
