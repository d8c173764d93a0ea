/** `%.<digits>f` of Python: like `toFixed`, but what lies exactly between two numbers goes to the even one. */
export function fixed(value: number, digits: number): string {
  const text = value.toFixed(digits);
  const scaled = Math.abs(value) * 10 ** digits;
  if (!(scaled < 2 ** 52) || Math.abs((scaled % 1) - 0.5) > 1e-9) return text;
  // All digits of the binary number: only where they end with this 5 it lies exactly between.
  const exact = value.toFixed(Math.min(100, digits + 60));
  if (!/^50*$/.test(exact.slice(exact.indexOf('.') + 1 + digits))) return text;
  const below = Math.floor(scaled);
  return ((Math.sign(value) * (below % 2 === 0 ? below : below + 1)) / 10 ** digits).toFixed(digits);
}
