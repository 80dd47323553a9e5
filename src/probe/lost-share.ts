import type { CotangentSite } from "./gradient-squares.js";
import type { Probe } from "./probe.js";

/** What a gradient would lose in half precision. */
export interface LostShare {
  /** Share of non-zero elements that become 0 in the format; null when all are 0. */
  readonly float16: number | null;
  readonly bfloat16: number | null;
  /** ln of the largest |element|. */
  readonly lnLargest: number;
}

/** Elements looked at: evenly spaced ones of larger tensors stand for all. */
const SAMPLE = 1 << 15;
/** Half of the smallest subnormal: smaller magnitudes are rounded to 0. */
const SMALLEST = { float16: -25 * Math.LN2, bfloat16: -134 * Math.LN2 } as const;

/** Share of a gradient that float16 and bfloat16 would round to zero, judged on at most 32,768 evenly spaced elements. */
export const lostShare: Probe<CotangentSite, LostShare> = (c, { cotangent, logScale }) => {
  const { b } = c;
  const size = b.shape(cotangent).reduce((n, d) => n * d, 1);
  const step = Math.ceil(size / SAMPLE);
  const flat = b.reshape(cotangent, [size]);
  const sample = c.fetch(step > 1 ? b.slice(flat, [0], [size], [0], [step]) : flat);
  const scale = logScale === undefined ? undefined : c.fetch(b.reshape(logScale, [1]));
  return (get) => {
    const shift = scale === undefined ? 0 : get(scale).data[0]!;
    let [live, half, brain, top] = [0, 0, 0, 0];
    for (const v of get(sample).data) {
      const a = Math.abs(v);
      if (!(a > 0)) continue;
      live++;
      if (a > top) top = a;
      const ln = Math.log(a) + shift;
      if (ln < SMALLEST.float16) half++;
      if (ln < SMALLEST.bfloat16) brain++;
    }
    return { float16: live === 0 ? null : half / live, bfloat16: live === 0 ? null : brain / live, lnLargest: Math.log(top) + shift };
  };
};
