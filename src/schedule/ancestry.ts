import type { Cluster } from './cluster.ts';

/** Which clusters need which: asked for at each node, so kept while clusters are made. */
export class Ancestry {
  private readonly direct = new Map<Cluster, Set<Cluster>>();
  /** What a cluster has become part of. */
  private readonly within = new Map<Cluster, Cluster>();
  /** When a cluster, by its number, was last visited. */
  private readonly visited: number[] = [];
  private visits = 0;

  /** `c` needs a result of `other`. */
  note(c: Cluster, other: Cluster): void {
    const known = this.direct.get(c);
    if (known) known.add(other);
    else this.direct.set(c, new Set([other]));
  }

  /** Everything in `from` is in `to` from now on. */
  merge(from: Cluster, to: Cluster): void {
    this.within.set(from, to);
    for (const c of this.direct.get(from) ?? []) this.note(to, c);
    this.direct.delete(from);
  }

  /** Whether `from` needs a result of `target`, at any distance; old nodes too may need a cluster that also holds young ones. */
  reaches(from: Cluster, target: Cluster): boolean {
    this.visits++;
    const stack = [from];
    while (stack.length > 0) {
      const c = this.whole(stack.pop()!);
      if (c === target) return true;
      if (this.visited[c.id] === this.visits) continue;
      this.visited[c.id] = this.visits;
      for (const d of this.direct.get(c) ?? []) stack.push(d);
    }
    return false;
  }

  private whole(c: Cluster): Cluster {
    let at = c;
    for (let next = this.within.get(at); next; next = this.within.get(at)) at = next;
    return at;
  }
}
