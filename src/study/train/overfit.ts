import type { Readings } from "../../probe/readings.js";
import { number, percent, plural } from "../../util/format.js";
import type { TrainRecord } from "../train-record.js";
import type { Prepared } from "./prepare.js";

/** The loss below which examples without classes count as learned, in parts of the first. */
const SMALL = 1e-3;

/** The step from which on the examples count as learned: all are classified rightly, or the loss fell to a thousandth of what it was; undefined where they do not. */
export function learnedAt(readings: Readings, classes: number | undefined): number | undefined {
  if (classes !== undefined) return readings.select("train-accuracy", 0).find((r) => r.value === 1)?.step;
  const losses = readings.select("loss", 0);
  return losses.find((r) => r.value <= SMALL * losses[0]!.value)?.step;
}

/** Says whether the examples of a run were learned by heart. */
export function overfitOf(readings: Readings, { data, recipe, classes }: Prepared): NonNullable<TrainRecord["overfit"]> {
  const losses = readings.select("loss", 0);
  const scores = readings.select("train-accuracy", 0);
  const first = losses[0]?.value ?? NaN;
  const at = learnedAt(readings, classes);
  const end = losses.at(-1)?.value ?? NaN;
  const examples = data.train.count;
  const told =
    at !== undefined
      ? `The ${plural(examples, "example")} ${examples === 1 ? "is" : "are"} learned by heart after ${plural(at, "step")}: the network, its loss and its data fit together.`
      : `The ${plural(examples, "example")} ${examples === 1 ? "is" : "are"} not learned by heart in ${plural(recipe.steps, "step")}: the loss went from ${number(first)} to ${number(end)}${classes === undefined ? "" : `, and ${percent(scores.at(-1)?.value ?? NaN)} are right`}.`;
  return { examples, learned: at !== undefined, step: at ?? null, told };
}
