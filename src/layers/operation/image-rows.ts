import { image } from '../../ops/index.ts';
import { given } from './given-rows.ts';
import type { OperationRow } from './table.ts';

const FORMAT = { named: ['data_format'] };
const FILL = ['interpolation', 'fill_mode', 'fill_value', 'data_format'];
const PATCHES = { positions: ['size'], named: ['strides', 'dilation_rate', 'padding', 'data_format'] };
const sides = (what: string): string[] => [
  ...['top', 'left', 'bottom', 'right'].map((side) => `${side}_${what}`),
  'target_height',
  'target_width',
  'data_format',
];

/** The operations of `keras.ops.image`. */
export function imageRows(): Record<string, OperationRow> {
  return {
    RGBToGrayscale: given('image', image.rgbToGrayscale, 1, FORMAT),
    RGBToHSV: given('image', image.rgbToHsv, 1, FORMAT),
    HSVToRGB: given('image', image.hsvToRgb, 1, FORMAT),
    Resize: given('image', image.resize, 1, {
      positions: ['size'],
      named: [
        'interpolation',
        'antialias',
        'crop_to_aspect_ratio',
        'pad_to_aspect_ratio',
        'fill_mode',
        'fill_value',
        'data_format',
      ],
    }),
    AffineTransform: given('image', image.affineTransform, 2, { named: FILL }),
    // Keras has one class for both; the size says which it is.
    ExtractPatches: given('image', image.extractPatches, 1, PATCHES),
    MapCoordinates: given('image', image.mapCoordinates, 2, {
      positions: ['order'],
      named: ['fill_mode', 'fill_value'],
    }),
    PadImages: given('image', image.padImages, 1, { named: sides('padding') }),
    CropImages: given('image', image.cropImages, 1, { named: sides('cropping') }),
    PerspectiveTransform: given('image', image.perspectiveTransform, 3, {
      named: ['interpolation', 'fill_value', 'data_format'],
    }),
    GaussianBlur: given('image', image.gaussianBlur, 1, { named: ['kernel_size', 'sigma', 'data_format'] }),
    ElasticTransform: given('image', image.elasticTransform, 1, { named: ['alpha', 'sigma', 'seed', ...FILL] }),
    ScaleAndTranslate: given('image', image.scaleAndTranslate, 4, {
      positions: ['spatial_dims', 'method'],
      named: ['antialias'],
    }),
    SobelEdges: given('image', image.sobelEdges, 1, FORMAT),
    SSIM: given('image', image.ssim, 2, {
      named: ['max_val', 'filter_size', 'filter_sigma', 'k1', 'k2', 'data_format'],
    }),
  };
}
