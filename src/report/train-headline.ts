import { mean, median } from "d3-array";
import type { TrainRecord } from "../study/train-record.js";
import { count, duration, factor, magnitude, number, percent, plural, powerOfTen, roughCount, sentences } from "../util/format.js";
import type { Style } from "../util/format.js";
import type { KeyNumber } from "./headline.js";
import { lossAtEnd, lossFell, plannedSteps, spreadAt, stepsOfEpoch, turnOf, updateRatios } from "./train-run.js";
import type { Run } from "./train-run.js";
import { prose } from "./visible.js";

/** How a run ended, in a word, with a mark that says it without colour. */
export interface RunHead {
  readonly mark: string;
  readonly word: string;
  readonly tone: "good" | "doubt" | "bad";
}

/** How a run ended. */
export function headOf(run: Run): RunHead {
  const { diverged, overfit } = run.record;
  if (diverged) return { mark: "✗", word: `stopped at step ${count(diverged.step)}`, tone: "bad" };
  if (overfit)
    return overfit.learned ? { mark: "✓", word: "learned by heart", tone: "good" } : { mark: "✗", word: "not learned by heart", tone: "bad" };
  return lossFell(run) ? { mark: "✓", word: "trained", tone: "good" } : { mark: "?", word: "finished, but the loss did not fall", tone: "doubt" };
}

/** What was trained on what: "17 nodes · 80 k parameters · digits: 6,000 examples, 1,000 for validation · 4.5 s". */
export function runLine({ name, record: { model, data, seconds } }: Run): string {
  const scored = data.validation > 0 ? `, ${count(data.validation)} for validation` : "";
  return [
    ...(name === model.name ? [] : [prose(model.name)]),
    plural(model.nodes, "node"),
    plural(model.parameters, "parameter", "parameters", roughCount),
    `${prose(data.name)}: ${plural(data.examples, "example")}${scored}`,
    duration(seconds),
  ].join(" · ");
}

/** How many steps, and how many passes through the data these are. */
function stepsWords(run: Run): string {
  const { steps } = run.record;
  const epoch = stepsOfEpoch(run);
  const passes = epoch === undefined ? 0 : steps / epoch;
  return plural(steps, "step") + (passes >= 1 ? `, ${Number.isInteger(passes) ? plural(passes, "epoch") : `${number(passes)} epochs`},` : "");
}

/** What a run gave, in sentences. */
export function statementOf(run: Run, style: Style = "text"): string {
  const { record, loss } = run;
  const { diverged, overfit, accuracy, data, steps } = record;
  if (diverged) return prose(diverged.told);
  if (overfit) return prose(overfit.told);
  if (loss.length === 0) return "No step was made.";
  const [first, end] = [number(loss[0]!.y, style), number(lossAtEnd(run), style)];
  const fall = lossFell(run)
    ? `${stepsWords(run)} took the loss from ${first} to ${end}.`
    : `In ${plural(steps, "step")} the loss did not fall: it was ${first} at the first, and is ${end} over the last tenth.`;
  const right =
    accuracy === null ? "" : `The network classifies ${percent(accuracy, style)} of ${plural(data.validation, "validation example")} rightly.`;
  return sentences(fall, right);
}

/** An update of a weight matrix of its own size is too large, whatever the network. */
const TOO_LARGE = 0;
/** The spread over depth from which on a check-up calls a gradient exploding or vanishing. */
const STEEP = Math.log(100);

/** A loss that became so many times its least value has left all that was learned. */
const RISEN = 100;

/** The least loss of a run whose loss rose far above it to the end. */
function riseOf({ loss }: Run): { readonly step: number; readonly least: number; readonly last: number; readonly end: number } | undefined {
  const end = loss.at(-1);
  if (!end) return undefined;
  const least = loss.reduce((a, b) => (b.y < a.y ? b : a));
  return least.y > 0 && end.y > RISEN * least.y ? { step: least.x, least: least.y, last: end.x, end: end.y } : undefined;
}

/** What else is worth a sentence: of a run that failed what its last measurement shows, of another whether it overfits. */
export function remarksOf(run: Run, style: Style = "text"): readonly string[] {
  const out: string[] = [];
  const turn = turnOf(run);
  if (turn)
    out.push(
      `The validation loss was least after ${plural(turn.step, "step")}, ${number(turn.least, style)}, and is ${number(turn.end, style)} at the end, while the loss of the batches fell on: from there on the network learns its examples by heart (overfitting).`,
    );
  if (!run.record.diverged) return out;
  const last = run.measured.length - 1;
  const spread = last < 0 ? undefined : spreadAt(run, last);
  const row = run.gradient[last];
  const steep = spread !== undefined && spread > STEEP && row !== undefined;
  if (steep)
    out.push(
      `At step ${count(run.measured[last]!)} the gradient differs ${factor(spread, style)} over the depth: its norm is ${magnitude(row[0]!, style)} at the input and ${magnitude(row.at(-1)!, style)} at the output. No learning rate suits all layers then: look at the initialisation, norms and shortcuts first.`,
    );
  const ratio = updateRatios(run)
    .filter((r) => !Number.isNaN(r.middle))
    .at(-1);
  const large = ratio !== undefined && ratio.middle > TOO_LARGE;
  if (large)
    out.push(
      `Step ${count(ratio.step)} moved the weight matrices by ${magnitude(ratio.middle, style)} times their own norm (the median of all); about ${powerOfTen(-3, style)} is usual${steep ? "." : ": the learning rate is too large for this network."}`,
    );
  const rise = riseOf(run);
  if (rise && !large)
    out.push(
      `The loss was ${number(rise.least, style)} at step ${count(rise.step)} and rose to ${number(rise.end, style)} by step ${count(rise.last)}: steps that are too large do this, and a lower learning rate, warm-up or clipping keeps them small.`,
    );
  return out;
}

/** The order in which the numbers of two runs are told. */
export const RUN_NUMBERS = [
  "Steps",
  "Loss",
  "Validation loss",
  "Accuracy",
  "Train accuracy",
  "Update ratio",
  "Gradient over depth",
  "Clipped",
] as const;

/** The numbers under the headline. */
export function runNumbers(run: Run, style: Style = "text"): KeyNumber[] {
  const { record, loss, validationLoss, accuracy, trainAccuracy, clipShare, measured } = run;
  const out: KeyNumber[] = [];
  const add = (label: (typeof RUN_NUMBERS)[number], term: KeyNumber["term"], value: string, note = ""): void =>
    void out.push({ label, term, value, note });
  const planned = plannedSteps(run);
  const epoch = stepsOfEpoch(run);
  add(
    "Steps",
    "training-step",
    count(record.steps),
    [
      planned === record.steps ? "" : `of ${count(planned)}`,
      epoch === undefined ? "" : epoch === 1 ? "each is an epoch" : `${count(epoch)} are an epoch`,
    ]
      .filter((w) => w !== "")
      .join("; "),
  );
  if (loss.length > 0)
    add(
      "Loss",
      "loss",
      number(lossAtEnd(run), style),
      loss.length === 1 ? "of the only step" : `of the batches, mean over the last tenth; ${number(loss[0]!.y, style)} at the first step`,
    );
  const score = validationLoss.at(-1);
  if (score) {
    const least = validationLoss.reduce((a, b) => (b.y < a.y ? b : a));
    add(
      "Validation loss",
      "validation",
      number(score.y, style),
      least.x === score.x ? "the least of the run" : `least: ${number(least.y, style)} after ${plural(least.x, "step")}`,
    );
  }
  const right = accuracy.at(-1);
  if (right) {
    const best = accuracy.reduce((a, b) => (b.y > a.y ? b : a));
    add(
      "Accuracy",
      "validation",
      percent(right.y, style),
      best.y > right.y
        ? `of the validation examples; best: ${percent(best.y, style)} after ${plural(best.x, "step")}`
        : "of the validation examples: the best of the run",
    );
  } else if (trainAccuracy.length > 0) add("Train accuracy", "train-accuracy", percent(trainAccuracy.at(-1)!.y, style), "of the last batch");
  const ratios = updateRatios(run).filter((r) => !Number.isNaN(r.middle));
  const [first, last] = [ratios[0], ratios.at(-1)];
  if (first && last)
    add(
      "Update ratio",
      "update-ratio",
      magnitude(
        median(ratios, (r) => r.middle)!,
        style,
      ),
      `median over weight matrices and steps${first === last ? "" : `: ${magnitude(first.middle, style)} at step ${count(first.step)}, ${magnitude(last.middle, style)} at step ${count(last.step)}`}; about ${powerOfTen(-3, style)} is usual`,
    );
  const spreads = measured.map((step, i) => ({ step, ln: spreadAt(run, i) })).filter((s) => s.ln !== undefined);
  if (spreads.length > 0)
    add(
      "Gradient over depth",
      "gradient-norm",
      factor(spreads.at(-1)!.ln!, style),
      `largest over least norm at step ${count(spreads.at(-1)!.step)}${spreads.length > 1 ? `; ${factor(spreads[0]!.ln!, style)} at step ${count(spreads[0]!.step)}` : ""}`,
    );
  if (clipShare.length > 0)
    add(
      "Clipped",
      "clip-share",
      percent(
        mean(clipShare, (q) => q.y)!,
        style,
      ),
      `mean clip share; ${percent(clipShare.filter((q) => q.y > 0).length / clipShare.length, style)} of the steps were clipped`,
    );
  return out;
}

/** The options in which two runs differ, and what each has. */
export function differencesOf(a: TrainRecord, b: TrainRecord): readonly { readonly what: string; readonly a: string; readonly b: string }[] {
  const rows = (r: TrainRecord): ReadonlyMap<string, string> => {
    const notes = r.settings.filter((s) => s.what === "note").map((s) => s.value);
    return new Map([
      ["network", `${r.model.name}, ${plural(r.model.nodes, "node")}, ${plural(r.model.parameters, "parameter")}`],
      ...r.settings.filter((s) => s.what !== "note").map((s) => [s.what, s.value] as const),
      ...(notes.length > 0 ? [["notes", notes.join("; ")] as const] : []),
      ...(r.command === undefined ? [] : [["command", r.command] as const]),
    ]);
  };
  const [x, y] = [rows(a), rows(b)];
  const names = [...new Set([...x.keys(), ...y.keys()])].sort((p, q) => Number(p === "command") - Number(q === "command"));
  return names.flatMap((what) => (x.get(what) === y.get(what) ? [] : [{ what, a: x.get(what) ?? "–", b: y.get(what) ?? "–" }]));
}
