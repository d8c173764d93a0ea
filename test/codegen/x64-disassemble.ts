import { Decoder, DecoderOptions, Formatter, FormatterSyntax } from 'iced-x86';

/** One line an instruction, by an independent disassembler, up to and with `ret`. */
export function disassemble(code: Uint8Array): { at: number; text: string }[] {
  const decoder = new Decoder(64, code, DecoderOptions.None);
  const formatter = new Formatter(FormatterSyntax.Intel);
  const lines: { at: number; text: string }[] = [];
  while (decoder.canDecode) {
    const instruction = decoder.decode();
    const text = formatter.format(instruction);
    lines.push({ at: Number(instruction.ip), text });
    instruction.free();
    if (text === 'ret') break;
  }
  formatter.free();
  decoder.free();
  return lines;
}

export function mnemonics(code: Uint8Array): string[] {
  return disassemble(code).map((line) => line.text.split(' ')[0]!);
}

/** The instructions of the innermost loop: from the target of the first backward jump to the jump. */
export function innerLoop(code: Uint8Array): string[] {
  const lines = disassemble(code);
  for (const [i, { at, text }] of lines.entries()) {
    const target = /^j\w+ (?:short )?([0-9A-F]+)h$/.exec(text);
    const to = target ? Number.parseInt(target[1]!, 16) : Number.POSITIVE_INFINITY;
    if (to <= at)
      return lines
        .slice(
          lines.findIndex((line) => line.at === to),
          i + 1,
        )
        .map((line) => line.text);
  }
  return [];
}
