import type { Tensor } from "../../src/graph/tensor.js";

/** Largest |a − b| relative to the largest |b| (at least 1). */
export function error(a: Tensor, b: Tensor): number {
  let scale = 1;
  let worst = 0;
  for (const v of b.data) if (Number.isFinite(v)) scale = Math.max(scale, Math.abs(v));
  for (let i = 0; i < b.data.length; i++) {
    const [x, y] = [a.data[i]!, b.data[i]!];
    if (Object.is(x, y) || x === y) continue;
    worst = Math.max(worst, Number.isFinite(x - y) ? Math.abs(x - y) / scale : Infinity);
  }
  return worst;
}
