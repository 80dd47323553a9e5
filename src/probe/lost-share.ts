import type { CotangentSite, ParameterProbe, Probe } from "./probe.js";

/** The underflow of a gradient in half precision. */
export interface LostShare {
  /** Share of the non-zero elements that underflow to 0 in the format; null where all are 0. */
  readonly float16: number | null;
  readonly bfloat16: number | null;
  /** Share of all elements that are not zero. */
  readonly live: number;
  /** ln of the largest |element|. */
  readonly lnLargest: number;
}

/** Numbers of elements that are sampled: most and least of one tensor, and of all tensors together. */
const SAMPLE = { most: 1 << 15, least: 1 << 10, together: 1 << 19 } as const;
/** ln of half the smallest subnormal number; smaller magnitudes are rounded to 0. */
const SMALLEST = { float16: -25 * Math.LN2, bfloat16: -134 * Math.LN2 } as const;

/** Measures the share of a gradient that float16 and bfloat16 round to zero, on at most 32,768 evenly spaced elements (fewer where there are many parameters). */
const lostShare: Probe<CotangentSite, LostShare> = (c, { cotangent, logScale }) => {
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

/** Measures the lost share of a parameter's gradient; undefined where no gradient reaches it, or elements are not looked at. */
export const parameterLostShare: ParameterProbe<LostShare | undefined> = {
  absent: undefined,
  ofElements: true,
  attach: lostShare,
  quantities: (lost) =>
    lost ? { "lost-float16": lost.float16, "lost-bfloat16": lost.bfloat16, "live-share": lost.live, "ln-largest-gradient": lost.lnLargest } : {},
};
