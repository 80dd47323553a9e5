import type { CotangentSite } from "./gradient-squares.js";
import type { Probe } from "./probe.js";

/** What a gradient would lose in half precision. */
export interface LostShare {
  /** Share of non-zero elements that become 0 in the format; null when all are 0. */
  readonly float16: number | null;
  readonly bfloat16: number | null;
  /** Share of all elements that are not zero: what the shares above are of. */
  readonly live: number;
  /** ln of the largest |element|. */
  readonly lnLargest: number;
}

/** Elements looked at, of one tensor and of all together: evenly spaced ones of larger tensors stand for all. */
const SAMPLE = { most: 1 << 15, least: 1 << 10, together: 1 << 19 } as const;
/** Half of the smallest subnormal: smaller magnitudes are rounded to 0. */
const SMALLEST = { float16: -25 * Math.LN2, bfloat16: -134 * Math.LN2 } as const;

/** Share of a gradient that float16 and bfloat16 would round to zero, judged on evenly spaced elements: at most 32,768, fewer where there are many parameters. */
export const lostShare: Probe<CotangentSite, LostShare> = (c, { cotangent, logScale }) => {
  const { b } = c;
  const size = b.shape(cotangent).reduce((n, d) => n * d, 1);
  const step = Math.ceil(size / Math.max(SAMPLE.least, Math.min(SAMPLE.most, SAMPLE.together / (c.parameters ?? 1))));
  const sample = c.fetch(step > 1 ? b.slice(b.reshape(cotangent, [size]), [0], [size], [0], [step]) : cotangent);
  const scale = logScale === undefined ? undefined : c.fetch(logScale);
  return (get) => {
    const shift = scale === undefined ? 0 : get(scale).data[0]!;
    let [live, half, brain, top] = [0, 0, 0, 0];
    const { data } = get(sample);
    for (const v of data) {
      const a = Math.abs(v);
      if (!(a > 0)) continue;
      live++;
      if (a > top) top = a;
      const ln = Math.log(a) + shift;
      if (ln < SMALLEST.float16) half++;
      if (ln < SMALLEST.bfloat16) brain++;
    }
    const share = (n: number): number | null => (live === 0 ? null : n / live);
    return { float16: share(half), bfloat16: share(brain), live: data.length === 0 ? 0 : live / data.length, lnLargest: Math.log(top) + shift };
  };
};
