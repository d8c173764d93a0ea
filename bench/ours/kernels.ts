import { compileGraph } from '../../src/compile.ts';
import { node } from '../../src/graph/build.ts';
import type { ConvAttrs, Node } from '../../src/graph/node.ts';
import { sizeOf } from '../../src/graph/shape.ts';
import type { Block, Target } from '../../src/targets/target.ts';
import type { ConvShape, Direction } from '../workloads.ts';
import { uniform } from './data.ts';
import { type Prepared, timeEach } from './steps.ts';

/** A square product, as one compiled graph. */
export function prepareMatmul(target: Target, size: number): Prepared {
  const [a, b] = [input('a', [size, size]), input('b', [size, size])];
  return prepareGraph(target, [a, b], [node('dot', [a, b], {})]);
}

/** A convolution of images of `size` x `size` with as many filters as channels, or its gradients. */
export function prepareConv(target: Target, conv: ConvShape, direction: Direction): Prepared {
  const { batch, size, channels, window, padding } = conv;
  const pad = padding === 'same' ? (window - 1) / 2 : 0;
  const out = padding === 'same' ? size : size - window + 1;
  const geometry: ConvAttrs = {
    strides: [1, 1],
    padLow: [pad, pad],
    padHigh: [pad, pad],
    dilation: [1, 1],
    groups: 1,
  };
  const x = input('x', [batch, size, size, channels]);
  const filter = input('filter', [window, window, channels, channels]);
  const dy = input('dy', [batch, out, out, channels]);
  const forward = () => node('conv', [x, filter], geometry);
  const byInput = () => node('convInputGrad', [dy, filter], { ...geometry, inputSize: [size, size] });
  const byFilter = () => node('convFilterGrad', [x, dy], { ...geometry, filterSize: [window, window] });
  switch (direction) {
    case 'forward':
      return prepareGraph(target, [x, filter], [forward()]);
    case 'input':
      return prepareGraph(target, [dy, filter], [byInput()]);
    case 'filter':
      return prepareGraph(target, [x, dy], [byFilter()]);
    case 'backward':
      return prepareGraph(target, [x, filter, dy], [byInput(), byFilter()]);
  }
}

function input(name: string, shape: readonly number[]): Node<'input'> {
  return node('input', [], { name, shape, dtype: 'float32' }) as Node<'input'>;
}

function prepareGraph(target: Target, inputs: readonly Node<'input'>[], outputs: readonly Node[]): Prepared {
  const blocks = new Map<Node<'input'>, Block>();
  inputs.forEach((n, i) => {
    const block = target.alloc(4 * sizeOf(n.shape));
    floats(block).set(uniform(sizeOf(n.shape), i + 1).map((v) => v - 0.5));
    blocks.set(n, block);
  });
  const compiled = compileGraph({ inputs, outputs, updates: [] }, blocks, target);
  compiled.run();
  for (const block of compiled.outputs) checkComputed(floats(block));
  return { modes: { step: (reps) => timeEach(reps, () => compiled.run()) } };
}

function floats(block: Block): Float32Array {
  const bytes = block.bytesView();
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

/** Speed means nothing where nothing was computed; whether it is right is for the tests. */
function checkComputed(values: Float32Array): void {
  if (values.some((v) => !Number.isFinite(v)) || values.every((v) => v === 0))
    throw new Error('the result has no numbers in it, or zeros only');
}
