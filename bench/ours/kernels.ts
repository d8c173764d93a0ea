import { compileGraph } from '../../src/compile.ts';
import { node } from '../../src/graph/build.ts';
import { bytesPerElement, type DType } from '../../src/graph/dtype.ts';
import { fromMemory, toMemory } from '../../src/graph/half.ts';
import type { ConvAttrs, Node } from '../../src/graph/node.ts';
import { sizeOf } from '../../src/graph/shape.ts';
import type { Block, Target } from '../../src/targets/target.ts';
import type { ConvShape, Direction } from '../workloads.ts';
import { uniform } from './data.ts';
import { type Prepared, timeEach } from './steps.ts';

/** A square product, as one compiled graph. */
export function prepareMatmul(target: Target, size: number, half = false): Prepared {
  const [a, b] = ['a', 'b'].map((name) => input(name, [size, size], half ? 'bfloat16' : 'float32')) as [Input, Input];
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

type Input = Node<'input'>;

function input(name: string, shape: readonly number[], dtype: DType = 'float32'): Input {
  return node('input', [], { name, shape, dtype }) as Input;
}

function prepareGraph(target: Target, inputs: readonly Node<'input'>[], outputs: readonly Node[]): Prepared {
  const blocks = new Map<Node<'input'>, Block>();
  inputs.forEach((n, i) => {
    const block = target.alloc(bytesPerElement(n.dtype) * sizeOf(n.shape));
    const values = uniform(sizeOf(n.shape), i + 1).map((v) => v - 0.5);
    block.bytesView().set(toMemory(n.dtype, values));
    blocks.set(n, block);
  });
  const compiled = compileGraph({ inputs, outputs, updates: [] }, blocks, target);
  compiled.run();
  compiled.outputs.forEach((block, i) => {
    const { dtype, shape } = outputs[i]!;
    checkComputed(fromMemory(dtype, block.bytesView(), sizeOf(shape)) as Float32Array);
  });
  return { modes: { step: (reps) => timeEach(reps, () => compiled.run()) } };
}

/** Speed means nothing where nothing was computed; whether it is right is for the tests. */
function checkComputed(values: Float32Array): void {
  if (values.some((v) => !Number.isFinite(v)) || values.every((v) => v === 0))
    throw new Error('the result has no numbers in it, or zeros only');
}
