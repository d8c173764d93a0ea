/** An instruction or a label that cannot be assembled: a fault of the code generator, never of a user's data. */
export class AssemblerError extends Error {
  readonly code = 'ASSEMBLER';
  override readonly name = 'AssemblerError';
}
