import type { Schedule } from "../schedule.js";

/** The rate falls to zero along half a period of a cosine. */
export const cosine: Schedule = {
  name: "cosine",
  summary: "(1 + cos(πs/S))/2 (Loshchilov & Hutter 2017, without restarts).",
  factor: ({ b, step, steps }) => b.scale(b.shift(b.op("Cos", [b.scale(step, Math.PI / steps)]), 1), 0.5),
};
