import { drawnData, stepsOf } from "../shared/drawn.js";
import type { DataSource } from "../source.js";

/** Kinds of distractors, 0 to 3; the two symbols that count come after them. */
const DISTRACTORS = 4;
const KINDS = DISTRACTORS + 2;

/** The order in which two symbols came in a long sequence. */
export const temporalOrder: DataSource = {
  name: "temporal-order",
  takes: "T",
  summary:
    "the temporal order problem of T steps (Hochreiter & Schmidhuber 1997), as Pascanu, Mikolov & Bengio 2013 have it: a symbol X or Y in the second tenth and one in the fifth, distractors of four kinds elsewhere; the class says which two came, in their order",
  open(argument, _, seed) {
    const steps = stepsOf(argument, "temporal-order", 10);
    const tenth = (k: number): number => Math.floor((k * steps) / 10);
    const about = `the temporal order problem of ${steps} steps: X or Y in steps ${tenth(1)} to ${tenth(2) - 1} and again in ${tenth(4)} to ${tenth(5) - 1}, distractors of four kinds elsewhere, and a class for each of XX, XY, YX and YY (Hochreiter & Schmidhuber 1997; Pascanu, Mikolov & Bengio 2013)`;
    return drawnData(
      { name: `temporal-order:${steps}`, about, seed },
      {
        draws: steps + 4,
        input: { type: { dtype: "int64", shape: [steps] }, kinds: KINDS, names: ["a", "b", "c", "d", "X", "Y"] },
        answer: { type: { dtype: "int64", shape: [] }, kinds: 4, names: ["XX", "XY", "YX", "YY"] },
        kind: "labels",
        classes: 4,
        writeInput(random, from, out, at) {
          for (let t = 0; t < steps; t++) out[at + t] = Math.floor(DISTRACTORS * random.uniform(from + 4 + t));
          [tenth(1), tenth(4)].forEach((first, k) => {
            const place = first + Math.floor((tenth(k === 0 ? 2 : 5) - first) * random.uniform(from + 2 * k));
            out[at + place] = DISTRACTORS + (random.uniform(from + 2 * k + 1) < 0.5 ? 0 : 1);
          });
        },
        writeAnswer(random, from, out, at) {
          const isSecond = (k: number): number => (random.uniform(from + 2 * k + 1) < 0.5 ? 0 : 1);
          out[at] = 2 * isSecond(0) + isSecond(1);
        },
      },
    );
  },
};
