import { allocate } from '../compile.ts';
import type { Block } from '../targets/target.ts';

/** Something outside of JavaScript's heap, which its collector does not see. */
interface Resource {
  free(): void;
}

let registry: FinalizationRegistry<Resource> | undefined;

/**
 * Frees `resource` some time after `owner` has been collected. The resource must not refer to the owner. Collectors run such
 * calls between tasks only, so within one task a view of memory stays good even where its owner is not mentioned any more.
 */
export function freeWithOwner(owner: object, resource: Resource): void {
  registry ??= new FinalizationRegistry((r) => r.free());
  registry.register(owner, resource, owner);
}

/** The resource of `owner` has been freed already. */
export function wasFreed(owner: object): void {
  registry?.unregister(owner);
}

/** A block that goes back to the target when nobody refers to this object any more, or earlier by `free`. */
export class OwnedBlock {
  readonly block: Block;

  constructor(bytes: number) {
    this.block = allocate(bytes);
    freeWithOwner(this, this.block);
  }

  free(): void {
    wasFreed(this);
    this.block.free();
  }
}
