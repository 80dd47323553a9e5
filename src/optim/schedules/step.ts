import type { Schedule } from "../schedule.js";

/** The rate falls to a tenth at each third of the run. */
export const step: Schedule = {
  name: "step",
  summary: "1, .1 from S/3 on, .01 from 2S/3 on.",
  factor: ({ b, step: s, steps }) => {
    const before = (end: number): string => b.less(s, b.scalarOf("float64", end));
    const one = (value: number): string => b.scalarOf("float64", value);
    return b.where(before(steps / 3), one(1), b.where(before((2 * steps) / 3), one(0.1), one(0.01)));
  },
};
