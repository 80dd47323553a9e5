/** √Σx², scaled by the largest element, so that no square overflows or vanishes; that element itself where it is 0 or not finite. */
export function norm(values: ArrayLike<number>): number {
  let top = 0;
  for (let i = 0; i < values.length; i++) top = Math.max(top, Math.abs(values[i]!));
  if (!(top > 0) || !Number.isFinite(top)) return top;
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i]! / top) ** 2;
  return top * Math.sqrt(sum);
}
