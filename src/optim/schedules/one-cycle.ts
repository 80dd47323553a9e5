import type { GraphBuilder } from "../../graph/builder.js";
import type { Schedule } from "../schedule.js";

/** The share of the run in which the rate rises, the factor by which it starts below its peak, and by which it ends below its start. */
const [RISES, START, END] = [0.3, 25, 1e4];

/** The value that goes from `from` to `to` along half a period of a cosine, as `share` goes from 0 to 1. */
const along = (b: GraphBuilder, share: string, from: number, to: number): string =>
  b.shift(b.scale(b.shift(b.op("Cos", [b.scale(share, Math.PI)]), 1), (from - to) / 2), to);

/** The rate rises to its peak, and falls far below where it began. */
export const oneCycle: Schedule = {
  name: "one-cycle",
  summary: "from 1/25 to 1 in the first 30 % of the run, then to 1/250,000, along cosines (Smith & Topin 2018, in the form that PyTorch has).",
  factor: ({ b, step, steps }) => {
    const top = RISES * steps - 1;
    const last = steps - 1;
    const rise = along(b, b.scale(step, 1 / top), 1 / START, 1);
    const fall = along(b, b.scale(b.shift(step, -top), 1 / (last - top)), 1, 1 / START / END);
    return top > 0 ? b.where(b.op("LessOrEqual", [step, b.scalarOf("float64", top)]), rise, fall) : fall;
  },
};
