import type { Kernel, LoopStmt, Stmt, ValueId } from '../../kernel/ir.ts';
import { type Interval, LocalClasses } from './liveness.ts';
import type { WasmOptions } from './options.ts';
import { isValueStmt, operands, type ValueStmt } from './uses.ts';

/** A list of statements: the function's prologue, a loop's body, or a branch. */
interface Region {
  readonly parent: Region | undefined;
  readonly isLoop: boolean;
  /** For each statement, the position of the statement whose code contains its code; -1: never used. */
  readonly root: number[];
  /** Values from outside that are used inside; they live until the end of the loop. */
  readonly outer: Set<ValueId>;
}

interface Definition {
  readonly region: Region;
  readonly stmt: ValueStmt | undefined;
  uses: number;
  /** The statement that uses the value, if it is in the region of the definition and may contain its code. */
  user: number;
  folded: boolean;
  interval: Interval;
}

/**
 * Where each value of a kernel lives. A value that is used once, in the list of statements that defines it, stays on the
 * operand stack: its code stands in its user's (`folded`). Other values get a local; locals are shared by values that do
 * not live at the same time, and the values of a loop carry share one wherever that needs no copy.
 */
export class ValuePlan {
  private readonly options: WasmOptions;
  private readonly definitions = new Map<ValueId, Definition>();
  private readonly dead = new Set<Stmt>();
  private readonly regions = new Map<readonly Stmt[], Region>();
  private readonly classes = new LocalClasses();
  private readonly loops: LoopStmt[] = [];
  private readonly constants = new Map<ValueId, ValueStmt>();
  /** Constants that live code uses. */
  readonly usedConstants = new Set<ValueStmt>();
  private position = 0;

  constructor(kernel: Kernel, options: WasmOptions) {
    this.options = options;
    const prologue: Region = { parent: undefined, isLoop: false, root: [], outer: new Set() };
    this.define(kernel.body, prologue, true);
    this.countUses(kernel.body);
    this.layOut(kernel.body);
    for (const [id, d] of this.definitions) {
      if (!d.folded && d.interval.end >= 0) this.classes.add(id, d.interval);
    }
    for (const loop of this.loops) this.coalesce(loop);
    this.classes.assign();
  }

  /** The code of this statement stands in that of its user, or nowhere. */
  isSkipped(s: ValueStmt): boolean {
    return this.dead.has(s) || this.definitions.get(s.id)?.folded === true || this.constants.has(s.id);
  }

  isDead(s: Stmt): boolean {
    return this.dead.has(s);
  }

  /** The statement to write in place of the value, if it has no local. */
  inline(id: ValueId): ValueStmt | undefined {
    const d = this.definitions.get(id);
    return this.constants.get(id) ?? (d?.folded ? d.stmt : undefined);
  }

  /** The number, from 0, of the local of a value. */
  local(id: ValueId): number {
    return this.classes.local(id);
  }

  get locals(): number {
    return this.classes.count;
  }

  private define(body: readonly Stmt[], parent: Region, isLoop: boolean): void {
    const region: Region = { parent, isLoop, root: body.map((_, i) => i), outer: new Set() };
    this.regions.set(body, region);
    const add = (id: ValueId, where: Region, stmt?: ValueStmt) => {
      const interval = { begin: -1, end: -1 };
      this.definitions.set(id, { region: where, stmt, uses: 0, user: -1, folded: false, interval });
    };
    for (const s of body) {
      if (s.k === 'loop') {
        this.define(s.body, region, true);
        this.loops.push(s);
        for (const c of s.carry) {
          add(c.phi, this.regions.get(s.body)!);
          add(c.out, region);
        }
      } else if (s.k === 'if') {
        this.define(s.then, region, false);
        this.define(s.otherwise, region, false);
      } else if (s.k === 'const' || s.k === 'iota') {
        this.constants.set(s.id, s);
      } else if (isValueStmt(s)) {
        add(s.id, region, s);
      }
    }
  }

  private use(id: ValueId, region: Region, user: number): void {
    const constant = this.constants.get(id);
    if (constant) this.usedConstants.add(constant);
    const d = this.definitions.get(id);
    if (!d) return;
    d.uses++;
    d.user = d.region === region ? user : -1;
  }

  /** Backwards, so that uses by statements that are themselves unused do not count. */
  private countUses(body: readonly Stmt[]): void {
    const region = this.regions.get(body)!;
    for (let i = body.length - 1; i >= 0; i--) {
      const s = body[i]!;
      if (s.k === 'loop') {
        for (const c of s.carry) this.use(c.next, this.regions.get(s.body)!, -1);
        this.countUses(s.body);
        for (const c of s.carry) this.use(c.init, region, i);
      } else if (s.k === 'if') {
        this.countUses(s.then);
        this.countUses(s.otherwise);
      } else if (isValueStmt(s)) {
        this.fold(body, i, s, region);
        if (!this.dead.has(s)) for (const id of operands(s, this.options)) this.use(id, region, i);
      } else {
        for (const id of operands(s, this.options)) this.use(id, region, i);
      }
    }
  }

  private fold(body: readonly Stmt[], i: number, s: ValueStmt, region: Region): void {
    const d = this.definitions.get(s.id);
    if (!d) return;
    if (d.uses === 0) {
      this.dead.add(s);
      return;
    }
    if (d.uses !== 1 || d.user < 0) return;
    const root = region.root[d.user]!;
    if (s.k === 'load' || s.k === 'gather') {
      for (let j = i + 1; j < root; j++) if (storesTo(body[j]!, s.buf)) return;
    }
    d.folded = true;
    region.root[i] = root;
  }

  private touch(id: ValueId, region: Region): void {
    const d = this.definitions.get(id);
    if (!d) return;
    let outermost: Region | undefined;
    for (let r: Region | undefined = region; r && r !== d.region; r = r.parent) if (r.isLoop) outermost = r;
    if (outermost) outermost.outer.add(id);
    else d.interval.end = this.position;
  }

  /** Extends the lives of what the code of an expression reads. */
  private touchTree(id: ValueId, region: Region): void {
    const d = this.definitions.get(id);
    if (!d?.folded) this.touch(id, region);
    else for (const operand of operands(d.stmt!, this.options)) this.touchTree(operand, region);
  }

  private begin(id: ValueId): void {
    const { interval } = this.definitions.get(id)!;
    interval.begin = this.position;
    interval.end = this.position;
  }

  /** Gives positions to the pieces of code in their order, and so intervals to the values. */
  private layOut(body: readonly Stmt[]): void {
    const region = this.regions.get(body)!;
    for (const s of body) {
      this.position++;
      if (s.k === 'loop') {
        this.layOutLoop(s, region);
      } else if (s.k === 'if') {
        this.layOut(s.then);
        this.layOut(s.otherwise);
      } else if (!isValueStmt(s)) {
        for (const id of operands(s, this.options)) this.touchTree(id, region);
      } else if (!this.isSkipped(s)) {
        for (const id of operands(s, this.options)) this.touchTree(id, region);
        this.begin(s.id);
      }
    }
  }

  private layOutLoop(s: LoopStmt, region: Region): void {
    const inner = this.regions.get(s.body)!;
    for (const c of s.carry) {
      this.position++;
      this.touchTree(c.init, region);
      this.begin(c.phi);
    }
    this.layOut(s.body);
    this.position++;
    for (const c of s.carry) this.touch(c.next, inner);
    for (const id of inner.outer) this.definitions.get(id)!.interval.end = this.position;
    for (const c of s.carry) this.begin(c.out);
  }

  private coalesce(loop: LoopStmt): void {
    for (const c of loop.carry) this.classes.merge(c.phi, c.out);
    for (const c of loop.carry) {
      for (const id of [c.next, c.init]) if (this.classes.has(id)) this.classes.tryMerge(c.phi, id);
    }
  }
}

function storesTo(s: Stmt, buf: number): boolean {
  if (s.k === 'store') return s.buf === buf;
  if (s.k === 'loop') return s.body.some((t) => storesTo(t, buf));
  if (s.k === 'if') return s.then.some((t) => storesTo(t, buf)) || s.otherwise.some((t) => storesTo(t, buf));
  return false;
}
