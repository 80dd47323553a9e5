import { IsogradError } from "../../util/errors.js";
import { stream } from "../../util/random.js";
import type { Stream } from "../../util/random.js";
import type { Column, DataSet, Examples } from "../data-set.js";

/** How many examples are drawn to train on, and to score by. */
export const DRAWN = { train: 10_000, validation: 1_000 };

/** The most steps that a drawn sequence has. */
const LONGEST = 100_000;

/** Reads the number of steps behind a colon. Error `usage/option`. */
export function stepsOf(argument: string, word: string, least: number): number {
  const steps = Number(argument);
  if (!/^\d+$/.test(argument) || steps < least || steps > LONGEST)
    throw new IsogradError("usage/option", `--data ${word}:${argument} is not valid`, { expected: `${word}:T, with T from ${least} to ${LONGEST}` });
  return steps;
}

/** What an example is made of: its numbers are functions of a stream and of where its own draws begin in it. */
export interface Drawing {
  /** Draws that one example takes. */
  readonly draws: number;
  readonly input: Omit<Column, "copy">;
  readonly answer: Omit<Column, "copy">;
  readonly kind: "labels" | "target";
  readonly classes?: number;
  writeInput(random: Stream, from: number, out: { [i: number]: number }, at: number): void;
  writeAnswer(random: Stream, from: number, out: { [i: number]: number }, at: number): void;
}

/** Returns examples that are drawn whenever they are asked for, and so take no memory: each depends on the seed and its number alone. */
export function drawnData(
  { name, about, seed }: { readonly name: string; readonly about: string; readonly seed: number },
  drawing: Drawing,
): DataSet {
  const { draws, kind, classes } = drawing;
  const part = (which: keyof typeof DRAWN): Examples => {
    const random = stream(seed, `data/${name}/${which}`);
    const column = (type: Omit<Column, "copy">, write: Drawing["writeInput"]): Column => ({
      ...type,
      copy: (index, out, at) => write(random, index * draws, out, at),
    });
    return {
      count: DRAWN[which],
      inputs: new Map([["", column(drawing.input, drawing.writeInput)]]),
      answers: { kind, column: column(drawing.answer, drawing.writeAnswer), classes },
    };
  };
  return {
    name,
    about: `${about}; 10,000 examples and 1,000 to score by, drawn by seed ${seed}`,
    train: part("train"),
    validation: part("validation"),
    standardised: false,
  };
}
