import type { Cluster } from './cluster.ts';

/**
 * Which clusters need which: asked for at each node, so kept while clusters are made. A cluster's depth is more than that of
 * all that it needs, which ends most searches at once.
 */
export class Ancestry {
  private readonly needed = new Map<Cluster, Set<Cluster>>();
  private readonly users = new Map<Cluster, Set<Cluster>>();
  /** What a cluster has become part of. */
  private readonly within = new Map<Cluster, Cluster>();
  /** By the clusters' numbers. */
  private readonly depths: number[] = [];
  /** When a cluster, by its number, was last visited. */
  private readonly visited: number[] = [];
  private visits = 0;

  /** `c` needs a result of `other`. */
  note(c: Cluster, other: Cluster): void {
    const [from, to] = [this.whole(c), this.whole(other)];
    if (from === to) return;
    const known = this.needed.get(from);
    if (known?.has(to)) return;
    if (known) known.add(to);
    else this.needed.set(from, new Set([to]));
    const users = this.users.get(to);
    if (users) users.add(from);
    else this.users.set(to, new Set([from]));
    this.sink(from, this.depth(to) + 1);
  }

  /** Everything in `from` is in `to` from now on. */
  merge(from: Cluster, to: Cluster): void {
    const depth = this.depth(from);
    this.within.set(from, to);
    for (const c of this.needed.get(from) ?? []) this.note(to, c);
    for (const c of this.users.get(from) ?? []) this.note(c, to);
    this.needed.delete(from);
    this.users.delete(from);
    this.sink(to, depth);
  }

  /** The clusters of which `c` needs a result itself. */
  neededBy(c: Cluster): Set<Cluster> {
    const found = new Set<Cluster>();
    for (const d of this.needed.get(c) ?? []) found.add(this.whole(d));
    found.delete(c);
    return found;
  }

  /** Whether `from` needs a result of `target`, at any distance; old nodes too may need a cluster that also holds young ones. */
  reaches(from: Cluster, target: Cluster): boolean {
    this.visits++;
    const end = this.whole(target);
    const least = this.depth(end);
    const stack = [this.whole(from)];
    while (stack.length > 0) {
      const c = stack.pop()!;
      if (c === end) return true;
      if (this.visited[c.id] === this.visits || this.depth(c) <= least) continue;
      this.visited[c.id] = this.visits;
      for (const d of this.needed.get(c) ?? []) stack.push(this.whole(d));
    }
    return false;
  }

  private depth(c: Cluster): number {
    return this.depths[c.id] ?? 0;
  }

  /** `c` is at least so deep, and what needs it deeper. Nothing recurses: a graph may be deeper than the stack. */
  private sink(c: Cluster, depth: number): void {
    const moved: [Cluster, number][] = [[c, depth]];
    while (moved.length > 0) {
      const [at, least] = moved.pop()!;
      if (this.depth(at) >= least) continue;
      this.depths[at.id] = least;
      for (const user of this.users.get(at) ?? []) {
        const whole = this.whole(user);
        if (whole !== at) moved.push([whole, least + 1]);
      }
    }
  }

  private whole(c: Cluster): Cluster {
    let at = c;
    for (let next = this.within.get(at); next; next = this.within.get(at)) at = next;
    return at;
  }
}
