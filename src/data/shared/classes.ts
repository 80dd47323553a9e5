import { list, plural } from "../../util/format.js";
import type { Answers } from "../data-set.js";
import { storedColumn } from "../data-set.js";

/** Words in a column, by their number in the order in which they first came, and the number in each row. */
export interface Words {
  readonly words: readonly string[];
  readonly rows: Int32Array;
}

/** Up to so many integers are classes, unless the column is called otherwise. */
const FEW = 20;

/** What a column of words is to a network, and how it is told. */
export interface Learned {
  readonly answers: Answers;
  readonly told: string;
}

const isInteger = (word: string): boolean => /^[+-]?\d+$/.test(word);
const isNumber = (word: string): boolean => word !== "" && Number.isFinite(Number(word));

/** Takes few integers, or all where the column is named for classes, and all that is no number, for classes; other numbers for a target. `name` is how the column is told. */
export function learnedOf({ words, rows }: Words, name: string, surelyClasses: boolean): Learned {
  const whole = words.every(isInteger);
  if (!words.every(isNumber)) return classesOf(words, rows, [...words].sort(), name);
  const values = words.map(Number);
  if (!whole || (!surelyClasses && new Set(values).size > FEW)) {
    const data = Float32Array.from(rows, (r) => values[r]!);
    return { answers: { kind: "target", column: storedColumn({ dtype: "float32", shape: [1] }, data) }, told: `the target in ${name}` };
  }
  const sorted = [...new Set(values)].sort((a, b) => a - b);
  // Classes that are counted from 0 keep their numbers, even where some do not occur.
  const own = sorted[0] === 0 ? Array.from({ length: sorted.at(-1)! + 1 }, (_, i) => i) : sorted;
  return classesOf(values.map(String), rows, own.map(String), name);
}

function classesOf(words: readonly string[], rows: Int32Array, names: readonly string[], name: string): Learned {
  const numbers = new Map(names.map((n, i) => [n, i]));
  const numbered = words.map((w) => numbers.get(w)!);
  const column = {
    ...storedColumn(
      { dtype: "int64", shape: [] },
      Int32Array.from(rows, (r) => numbered[r]!),
    ),
    kinds: names.length,
    names,
  };
  const asWritten = names.every((n, i) => n === String(i));
  const told = asWritten
    ? plural(names.length, "class", "classes")
    : `the classes ${list(
        names.map((n, i) => `${n} as ${i}`),
        10,
      )}`;
  return { answers: { kind: "labels", column, classes: names.length }, told: `${told} in ${name}` };
}
