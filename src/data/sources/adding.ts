import { drawnData, stepsOf } from "../shared/drawn.js";
import type { DataSource } from "../source.js";

/** The sum of two marked numbers of a long sequence. */
export const adding: DataSource = {
  name: "adding",
  takes: "T",
  summary:
    "the adding problem of T steps (Hochreiter & Schmidhuber 1997), as Le, Jaitly & Hinton 2015 have it: numbers uniform on [0, 1), a mark in either half, the target is the sum of the two marked numbers; who always says 1 has the error .167",
  open(argument, _, seed) {
    const steps = stepsOf(argument, "adding", 2);
    const half = Math.floor(steps / 2);
    const about = `the adding problem of ${steps} steps: numbers uniform on [0, 1), a mark in either half, the target is the sum of the two marked numbers (Hochreiter & Schmidhuber 1997; Le, Jaitly & Hinton 2015)`;
    return drawnData(
      { name: `adding:${steps}`, about, seed },
      {
        draws: steps + 2,
        input: { type: { dtype: "float32", shape: [steps, 2] } },
        answer: { type: { dtype: "float32", shape: [1] } },
        kind: "target",
        writeInput(random, from, out, at) {
          const marks = marked(random.uniform(from), random.uniform(from + 1));
          for (let t = 0; t < steps; t++) {
            out[at + 2 * t] = random.uniform(from + 2 + t);
            out[at + 2 * t + 1] = marks.includes(t) ? 1 : 0;
          }
        },
        writeAnswer(random, from, out, at) {
          const [first, second] = marked(random.uniform(from), random.uniform(from + 1));
          out[at] = random.uniform(from + 2 + first) + random.uniform(from + 2 + second);
        },
      },
    );
    /** The two steps that are marked: one in the first half, and one in the second. */
    function marked(u: number, v: number): readonly [number, number] {
      return [Math.floor(u * half), half + Math.floor(v * (steps - half))];
    }
  },
};
