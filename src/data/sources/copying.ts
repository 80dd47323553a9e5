import { drawnData, stepsOf } from "../shared/drawn.js";
import type { DataSource } from "../source.js";

/** Symbols to remember, and how many kinds of them there are; then a blank and the mark that asks for them. */
const REMEMBERED = 10;
const SYMBOLS = 8;
const BLANK = SYMBOLS;
const ASK = SYMBOLS + 1;

/** Symbols to be said again after a long time. */
export const copying: DataSource = {
  name: "copying",
  takes: "T",
  summary:
    "the copying problem over T steps (Hochreiter & Schmidhuber 1997), as Arjovsky, Shah & Bengio 2016 have it: ten symbols of eight kinds, T − 1 blanks, a mark, ten blanks; to be answered by T + 10 blanks and the ten symbols; who does not remember has the loss 10·ln 8/(T + 20)",
  open(argument, _, seed) {
    const delay = stepsOf(argument, "copying", 1);
    const length = delay + 2 * REMEMBERED;
    const about = `the copying problem over ${delay} steps: ten symbols of eight kinds, ${delay - 1} blanks, a mark, ten blanks; to be answered by ${delay + 10} blanks and the ten symbols (Hochreiter & Schmidhuber 1997; Arjovsky, Shah & Bengio 2016)`;
    return drawnData(
      { name: `copying:${delay}`, about, seed },
      {
        draws: REMEMBERED,
        input: { type: { dtype: "int64", shape: [length] }, kinds: SYMBOLS + 2 },
        answer: { type: { dtype: "int64", shape: [length] }, kinds: SYMBOLS + 1 },
        kind: "labels",
        classes: SYMBOLS + 1,
        writeInput(random, from, out, at) {
          for (let t = 0; t < length; t++) out[at + t] = t < REMEMBERED ? Math.floor(SYMBOLS * random.uniform(from + t)) : BLANK;
          out[at + REMEMBERED + delay - 1] = ASK;
        },
        writeAnswer(random, from, out, at) {
          const silent = length - REMEMBERED;
          for (let t = 0; t < length; t++) out[at + t] = t < silent ? BLANK : Math.floor(SYMBOLS * random.uniform(from + t - silent));
        },
      },
    );
  },
};
