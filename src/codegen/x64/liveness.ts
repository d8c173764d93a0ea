import { type MachineLoop, NONE, type Node, type RegClass, type Registers, type VReg } from './machine.ts';

export interface LoopLife {
  readonly start: number;
  end: number;
  /** Values from outside that the body uses, constants included. */
  readonly used: Set<VReg>;
  /** Registers that the loop needs by class, constants and values that it only keeps alive not counted. */
  readonly demand: Record<RegClass, number>;
  /** The same without loads that can be repeated. */
  readonly essential: Record<RegClass, number>;
}

/** Where values are defined and used. */
export interface Liveness {
  readonly def: Int32Array;
  /** Positions of the uses, ascending. The end of a loop counts as a use of what comes from outside and is used inside. */
  readonly uses: readonly (readonly number[])[];
  readonly loops: ReadonlyMap<MachineLoop, LoopLife>;
  /** For the positions of an `if`, and of the `else` that belongs to it: that of the `endif`. */
  readonly endif: ReadonlyMap<number, number>;
}

export function analyse(code: readonly Node[], regs: Registers): Liveness {
  const def = new Int32Array(regs.cls.length).fill(-1);
  const uses: number[][] = regs.cls.map(() => []);
  const loops = new Map<MachineLoop, LoopLife>();
  const endif = new Map<number, number>();
  const open: LoopLife[] = [];
  const branches: number[] = [];

  const use = (v: VReg, p: number) => {
    const list = uses[v]!;
    if (list[list.length - 1] !== p) list.push(p);
    const loop = open[open.length - 1];
    if (loop && def[v]! < loop.start) loop.used.add(v);
  };

  code.forEach((node, p) => {
    switch (node.k) {
      case 'inst':
        for (const v of node.src) if (v !== NONE) use(v, p);
        if (node.mask !== NONE) use(node.mask, p);
        if (node.dst !== NONE) def[node.dst] = p;
        break;
      case 'loop': {
        for (const c of node.carry) use(c.init, p);
        const none = () => ({ v: 0, k: 0 });
        const life: LoopLife = { start: p, end: p, used: new Set(), demand: none(), essential: none() };
        loops.set(node, life);
        open.push(life);
        for (const c of node.carry) def[c.phi] = p;
        break;
      }
      case 'end': {
        for (const c of node.loop.carry) use(c.next, p);
        const life = open.pop()!;
        life.end = p;
        for (const v of life.used) use(v, p);
        for (const c of node.loop.carry) def[c.out] = p;
        break;
      }
      case 'if':
        branches.push(p);
        break;
      case 'else':
        branches.push(p);
        break;
      case 'endif':
        endif.set(branches.pop()!, p);
        endif.set(branches.pop()!, p);
        break;
    }
  });
  const live = { def, uses, loops, endif };
  const isNeeded = (v: VReg) => !regs.isConstant(v);
  demands('demand', isNeeded, code, regs, live);
  demands('essential', (v) => isNeeded(v) && regs.origin[v] === undefined, code, regs, live);
  return live;
}

/** The pressure of every position, then the peak of every loop without what merely lives across it. */
function demands(
  role: 'demand' | 'essential',
  counts: (v: VReg) => boolean,
  code: readonly Node[],
  regs: Registers,
  { def, uses, loops }: Pick<Liveness, 'def' | 'uses' | 'loops'>,
): void {
  const change = { v: new Int32Array(code.length + 1), k: new Int32Array(code.length + 1) };
  for (let v = 0; v < uses.length; v++) {
    const list = uses[v]!;
    if (list.length === 0 || def[v]! < 0 || !counts(v)) continue;
    change[regs.cls[v]!][def[v]!]!++;
    change[regs.cls[v]!][list[list.length - 1]!]!--;
  }
  for (const cls of ['v', 'k'] as const) {
    const pressure = change[cls];
    for (let p = 1; p < pressure.length; p++) pressure[p]! += pressure[p - 1]!;
    for (const [loop, life] of loops) {
      let peak = 0;
      for (let p = life.start; p < life.end; p++) peak = Math.max(peak, pressure[p]!);
      let across = pressure[life.start]!;
      for (const c of loop.carry) if (regs.cls[c.phi] === cls && uses[c.phi]!.length > 0) across--;
      let used = 0;
      for (const v of life.used) if (regs.cls[v] === cls && counts(v)) used++;
      life[role][cls] = peak - (across - used);
    }
  }
}
