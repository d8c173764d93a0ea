import { node } from '../graph/build.ts';
import type { Node } from '../graph/node.ts';
import { showShape, sizeOf } from '../graph/shape.ts';
import type { Tensor, TensorLike } from '../trace/index.ts';
import { iotaAlong } from './arithmetic.ts';
import { castTo, expandTo, fail, lift, permuteTo, promote, reshapeTo, wide, wrap } from './core.ts';
import { alike } from './elementwise.ts';
import { matmul } from './linalg.ts';

/** An operand with a label for each axis. */
interface Labelled {
  readonly node: Node;
  readonly labels: readonly string[];
}

/**
 * Sums of products by labelled axes: in `'bij,bjk->bik'` axes with one label go together, and labels that are not in the
 * result are summed over. `...` stands for any number of leading axes. Without `->` the result has the labels that occur
 * once, in alphabetical order.
 */
export function einsum(subscripts: string, ...operands: TensorLike[]): Tensor {
  const { inputs, output } = parse(
    subscripts,
    operands.map((x) => lift(x)),
  );
  const dtype = inputs.map((i) => i.node.dtype).reduce(promote);
  const wideInputs = inputs.map((i) => ({ ...i, node: castTo(i.node, wide(dtype)) }));
  let [result, ...rest] = wideInputs.map(takeDiagonals) as [Labelled, ...Labelled[]];
  while (rest.length > 0) {
    const [next, ...later] = rest as [Labelled, ...Labelled[]];
    const needed = new Set([...output, ...later.flatMap((l) => l.labels)]);
    result = contract(
      sumAway(result, new Set([...needed, ...next.labels])),
      sumAway(next, new Set([...needed, ...result.labels])),
      needed,
    );
    rest = later;
  }
  result = sumAway(result, new Set(output));
  const ordered = permuteTo(
    result.node,
    output.map((l) => result.labels.indexOf(l)),
  );
  return wrap(castTo(ordered, dtype));
}

function parse(subscripts: string, nodes: readonly Node[]): { inputs: Labelled[]; output: string[] } {
  const [left, right, ...more] = subscripts.replace(/\s/g, '').split('->') as [string, ...string[]];
  const terms = left.split(',');
  const valid = /^[A-Za-z]*(\.\.\.)?[A-Za-z]*$/;
  if (more.length > 0 || ![...terms, right ?? ''].every((t) => valid.test(t)))
    fail('einsum', `expected letters, commas and one '->', got '${subscripts}'`, 'INVALID_ARGUMENT');
  if (terms.length !== nodes.length)
    fail('einsum', `'${subscripts}' names ${terms.length} operands, got ${nodes.length}`, 'INVALID_ARGUMENT');
  // The axes of `...` get labels counted from the last one, which is how they broadcast.
  let ellipsis = 0;
  const inputs = terms.map((term, i) => {
    const n = nodes[i]!;
    const free = n.shape.length - term.replace('...', '').length;
    if (free < 0 || (free > 0 && !term.includes('...')))
      fail(
        'einsum',
        `'${term}' does not label the ${n.shape.length} axes of operand ${i}, of shape ${showShape(n.shape)}`,
      );
    ellipsis = Math.max(ellipsis, free);
    return { node: n, labels: expand(term, free) };
  });
  const letters = left.replace(/[^A-Za-z]/g, '');
  const once = [...new Set(letters)].filter((l) => letters.split(l).length === 2).sort();
  const output = right === undefined ? [...expand('...', ellipsis), ...once] : expand(right, ellipsis);
  const known = new Set(inputs.flatMap((i) => i.labels));
  if (new Set(output).size !== output.length || output.some((l) => !known.has(l)))
    fail('einsum', `the result '${right}' must name labels of the operands, each once`, 'INVALID_ARGUMENT');
  return { inputs: broadcastLabels(inputs), output };
}

function expand(term: string, free: number): string[] {
  const dots = Array.from({ length: free }, (_, i) => `.${free - i}`);
  const [before, after] = term.split('...') as [string, string | undefined];
  return after === undefined ? [...before] : [...before, ...dots, ...after];
}

/** Axes with one label get one size; a size of 1 is repeated. */
function broadcastLabels(inputs: readonly Labelled[]): Labelled[] {
  const sizes = new Map<string, number>();
  for (const { node: n, labels } of inputs)
    labels.forEach((l, i) => {
      const [known, size] = [sizes.get(l) ?? 1, n.shape[i]!];
      if (known !== 1 && size !== 1 && known !== size)
        fail('einsum', `label '${l}' has the sizes ${known} and ${size}`);
      sizes.set(l, known === 1 ? size : known);
    });
  return inputs.map(({ node: n, labels }) => ({
    node: expandTo(
      n,
      labels.map((l) => sizes.get(l)!),
    ),
    labels,
  }));
}

/** An axis for each label: where one occurs twice, only the diagonal is kept. */
function takeDiagonals({ node: n, labels }: Labelled): Labelled {
  const second = labels.findIndex((l, i) => labels.indexOf(l) !== i);
  if (second === -1) return { node: n, labels };
  const first = labels.indexOf(labels[second]!);
  const same = node('eq', [iotaAlong(n.shape, first), iotaAlong(n.shape, second)], {});
  const diagonal = node('reduceSum', [node('select', [same, n, alike(0, n)], {})], { axes: [second] });
  return takeDiagonals({ node: diagonal, labels: labels.filter((_, i) => i !== second) });
}

function sumAway({ node: n, labels }: Labelled, keep: ReadonlySet<string>): Labelled {
  const axes = labels.flatMap((l, i) => (keep.has(l) ? [] : [i]));
  if (axes.length === 0) return { node: n, labels };
  return { node: node('reduceSum', [n], { axes }), labels: labels.filter((l) => keep.has(l)) };
}

/** One matrix product: common labels that stay are the batch, those that go are summed over. */
function contract(a: Labelled, b: Labelled, needed: ReadonlySet<string>): Labelled {
  const common = a.labels.filter((l) => b.labels.includes(l));
  const batch = common.filter((l) => needed.has(l));
  const summed = common.filter((l) => !needed.has(l));
  const rows = a.labels.filter((l) => !common.includes(l));
  const columns = b.labels.filter((l) => !common.includes(l));
  const sizes = (x: Labelled, labels: readonly string[]) => labels.map((l) => x.node.shape[x.labels.indexOf(l)]!);
  const arranged = (x: Labelled, ...groups: string[][]) =>
    wrap(
      reshapeTo(
        permuteTo(
          x.node,
          groups.flat().map((l) => x.labels.indexOf(l)),
        ),
        [...sizes(x, groups[0]!), ...groups.slice(1).map((g) => sizeOf(sizes(x, g)))],
      ),
    );
  const product = matmul(arranged(a, batch, rows, summed), arranged(b, batch, summed, columns));
  const labels = [...batch, ...rows, ...columns];
  return { node: reshapeTo(product.node, [...sizes(a, batch), ...sizes(a, rows), ...sizes(b, columns)]), labels };
}
