import type { TrainRecord } from "../study/train-record.js";
import { count, duration, number, percent } from "../util/format.js";
import { paint } from "./paint.js";
import { wrap } from "./visible.js";

/** Where the text goes, and where the run is kept. */
export interface TrainTextOptions {
  readonly colour?: boolean;
  readonly width?: number;
  readonly dir?: string;
  /** The command that checks a failed step. */
  readonly replay?: string;
}

/** A run of training as text for a terminal. */
export function trainText(record: TrainRecord, { colour = false, width = 80, dir, replay }: TrainTextOptions = {}): string {
  const p = paint(colour);
  const { steps, loss, accuracy, diverged, overfit, seconds, data, settings } = record;
  const head = diverged
    ? p.red(p.bold(`✗ stopped at step ${count(diverged.step)}`))
    : overfit
      ? (overfit.learned ? p.green : p.red)(p.bold(overfit.learned ? "✓ learned by heart" : "✗ not learned by heart"))
      : p.green(p.bold("✓ trained"));
  const lines = [head, ""];
  if (diverged) lines.push(...wrap(diverged.told, width), "");
  if (overfit) lines.push(...wrap(overfit.told, width), "");
  lines.push(`${count(steps)} steps in ${duration(seconds)}; loss ${number(loss)}`);
  if (accuracy !== null) lines.push(`accuracy ${percent(accuracy)} on ${count(data.validation)} examples that it was not trained on`);
  lines.push("", ...settings.flatMap(({ what, value }) => wrap(`${what.padEnd(12)}${value}`, width)));
  if (dir !== undefined) {
    lines.push("");
    if (diverged) lines.push("The step that failed, and the state before it, are kept. This checks it:", `  ${replay ?? ""}`);
    else lines.push(`The network: ${dir}/model.onnx`);
  }
  return `${lines.join("\n")}\n`;
}
