import { expect, it } from 'vitest';
import { node } from '../../src/graph/build.ts';
import type { Node } from '../../src/graph/node.ts';
import { replaceNodes } from '../../src/graph/structure.ts';
import { checkGradient, operand } from '../support/gradcheck.ts';
import { randomGraph } from '../support/random-graph.ts';
import { Rng } from '../support/rng.ts';

it(`agrees with central differences on random graphs (seed ${new Rng().seed})`, () => {
  const r = new Rng();
  for (let i = 0; i < 60; i++) {
    const { inputs, outputs } = randomGraph(r, 'smooth');
    const bounded = outputs.map((y) => node('tanh', [y], {}));
    const f = (...x: Node[]) => replaceNodes(bounded, new Map<Node, Node>(inputs.map((n, k) => [n, x[k]!])));
    checkGradient(
      f,
      inputs.map((x) => operand(r, x.shape, -1, 1)),
    );
  }
  expect.hasAssertions();
});
