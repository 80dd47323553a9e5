import { mean, median } from "d3-array";
import type { TrainRecord } from "../study/train-record.js";
import type { StripBlock } from "./block-cells.js";
import type { Point } from "./curves.js";

/** A run that is shown beside another. */
export interface Beside {
  readonly record: TrainRecord;
  /** What it is called: the folder that it lies in. */
  readonly name: string;
}

type Quantity = TrainRecord["readings"][number]["quantity"];

/** What is measured of one parameter, at every measured step. */
export interface ParameterRun {
  readonly name: string;
  readonly shape: readonly number[];
  /** ln ‖∂loss/∂w‖. */
  readonly gradient: readonly (number | null)[];
  /** ln ‖w‖ before the step. */
  readonly norm: readonly (number | null)[];
  /** ln ‖Δw‖ / ‖w‖; null where the parameter is zero. */
  readonly ratio: readonly (number | null)[];
}

/** A run of training as pictures take it: curves over the steps, and tables by measured step. */
export interface Run {
  readonly record: TrainRecord;
  /** What it is called: its folder where two are shown, else the network's name. */
  readonly name: string;
  /** Curves over the number of steps that were made. */
  readonly loss: readonly Point[];
  readonly validationLoss: readonly Point[];
  readonly accuracy: readonly Point[];
  readonly trainAccuracy: readonly Point[];
  readonly rate: readonly Point[];
  readonly clipShare: readonly Point[];
  /** The steps before which the gradient was measured, ascending. */
  readonly measured: readonly number[];
  /** The names of the values along the trunk, from input to output. */
  readonly trunk: readonly string[];
  readonly blocks: readonly StripBlock[];
  /** ln ‖∂loss/∂x‖ by measured step, then by depth; null where it was not measured. */
  readonly gradient: readonly (readonly (number | null)[])[];
  readonly parameters: readonly ParameterRun[];
}

/** Reads what pictures show out of a record. */
export function runOf(record: TrainRecord, name: string = record.model.name): Run {
  const rows = new Map(record.readings.map((r) => [`${r.quantity} ${r.site}`, r]));
  const curve = (quantity: Quantity): readonly Point[] => {
    const row = rows.get(`${quantity} 0`);
    return row === undefined ? [] : row.steps.map((x, i) => ({ x, y: row.values[i]! }));
  };
  const places = [...record.trunk, ...record.parameters.map((q) => q.site)];
  const measured = [...new Set(places.flatMap((site) => rows.get(`ln-gradient ${site}`)?.steps ?? []))].sort((a, b) => a - b);
  const order = new Map(measured.map((step, i) => [step, i]));
  const column = (quantity: Quantity, site: number): (number | null)[] => {
    const values = new Array<number | null>(measured.length).fill(null);
    const row = rows.get(`${quantity} ${site}`);
    row?.steps.forEach((step, i) => {
      const at = order.get(step);
      if (at !== undefined) values[at] = row.values[i]!;
    });
    return values;
  };
  const along = record.trunk.map((site) => column("ln-gradient", site));
  const depth = new Map(record.trunk.map((site, i) => [site, i]));
  return {
    record,
    name,
    loss: curve("loss"),
    validationLoss: curve("validation-loss"),
    accuracy: curve("accuracy"),
    trainAccuracy: curve("train-accuracy"),
    rate: curve("learning-rate"),
    clipShare: curve("clip-share"),
    measured,
    trunk: record.trunk.map((site) => record.sites[site]!.name),
    blocks: record.blocks.map(({ from, to, kind, skip, norms }) => ({
      fromDepth: depth.get(from)!,
      toDepth: depth.get(to)!,
      kind,
      skip,
      norms,
      role: "body",
    })),
    gradient: measured.map((_, i) => along.map((values) => values[i]!)),
    parameters: record.parameters.map(({ site, shape }) => {
      const [gradient, norm, update] = [column("ln-gradient", site), column("ln-norm", site), column("ln-update", site)];
      const ratio = norm.map((w, i) => (w === null || update[i] === null || w === -Infinity ? null : update[i]! - w));
      return { name: record.sites[site]!.name, shape, gradient, norm, ratio };
    }),
  };
}

/** The update ratios of the weights, of two dimensions or more, at a measured step, as natural logarithms. Biases and gains begin at 0 or 1, and tell little. */
const ratiosAt = ({ parameters }: Run, i: number): readonly number[] =>
  parameters.flatMap((q) => (q.shape.length < 2 || q.ratio[i] === null || Number.isNaN(q.ratio[i]!) ? [] : [q.ratio[i]!]));

/** The least, the middle and the largest update ratio of the weights at every measured step, as natural logarithms. */
export function updateRatios(run: Run): readonly { readonly step: number; readonly low: number; readonly middle: number; readonly high: number }[] {
  return run.measured.flatMap((step, i) => {
    const all = ratiosAt(run, i);
    return all.length === 0 ? [] : [{ step, low: Math.min(...all), middle: median(all)!, high: Math.max(...all) }];
  });
}

/** At most `most` of the measured steps, by their places: the first, the last, and others evenly between. */
export function chosenSteps({ measured }: Pick<Run, "measured">, most = 3): readonly number[] {
  const n = Math.min(most, measured.length);
  if (n < 2) return measured.length === 0 ? [] : [0];
  return [...new Set(Array.from({ length: n }, (_, i) => Math.round((i * (measured.length - 1)) / (n - 1))))];
}

/** The largest gradient over the least along the trunk at a measured step, as a natural logarithm; undefined where one is not finite or zero. */
export function spreadAt({ gradient }: Run, i: number): number | undefined {
  const all = (gradient[i] ?? []).filter((v) => v !== null);
  return all.length < 2 || !all.every(Number.isFinite) ? undefined : Math.max(...all) - Math.min(...all);
}

/** Steps of one pass through the data. */
export function stepsOfEpoch({ record }: Run): number | undefined {
  const { batchSize } = record.options;
  if (batchSize === "all") return 1;
  return typeof batchSize === "number" && batchSize > 0 ? Math.max(1, Math.floor(record.data.examples / batchSize)) : undefined;
}

/** The steps that were planned. */
export const plannedSteps = ({ record }: Run): number => (typeof record.options["steps"] === "number" ? record.options["steps"] : record.steps);

/** The share of a run whose mean tells how it begins or ends. */
const TENTH = 0.1;
/** A loss that falls by less counts as one that does not. */
const FALL = 0.05;

/** The mean loss of the last tenth of a run. */
export const lossAtEnd = ({ loss }: Run): number => mean(loss.slice(-Math.max(1, Math.floor(TENTH * loss.length))), (q) => q.y) ?? NaN;

/** Runs side by side: a run, and another beside it where one is given. */
export const runsOf = (record: TrainRecord, beside: Beside | undefined, name?: string): readonly Run[] =>
  beside === undefined ? [runOf(record)] : [runOf(record, name), runOf(beside.record, beside.name)];

/** Tells whether the loss fell: its last tenth lies below its first value, or below its first tenth. */
export function lossFell(run: Run): boolean {
  const { loss } = run;
  if (loss.length < 2) return false;
  const begin = mean(loss.slice(0, Math.max(1, Math.floor(TENTH * loss.length))), (q) => q.y)!;
  return [loss[0]!.y, begin].some((from) => lossAtEnd(run) < from - FALL * Math.abs(from));
}

/** How far the validation loss must have risen above its least value to be told. */
const RISE = 0.05;

/** The least validation loss, where the validation loss is higher at the end although the loss of the batches fell on. */
export function turnOf(run: Run): { readonly step: number; readonly least: number; readonly end: number } | undefined {
  const { validationLoss: scores, loss } = run;
  if (scores.length < 3) return undefined;
  const best = scores.reduce((a, b) => (b.y < a.y ? b : a));
  const end = scores.at(-1)!;
  if (!(end.y > (1 + RISE) * best.y) || best.y <= 0 || scores.filter((s) => s.x > best.x).length < 2) return undefined;
  const near = (x: number): number =>
    mean(
      loss.filter((q) => Math.abs(q.x - x) <= Math.max(2, 0.05 * loss.length)),
      (q) => q.y,
    ) ?? NaN;
  return near(end.x) < near(best.x) ? { step: best.x, least: best.y, end: end.y } : undefined;
}

/** The mean over a window around each point: what a noisy curve does. */
export function smooth(points: readonly Point[]): readonly Point[] {
  const half = Math.floor(points.length / 40);
  if (half < 1) return points;
  const sums = [0];
  for (const q of points) sums.push(sums.at(-1)! + q.y);
  return points.map((q, i) => {
    // It begins with the first point, since a loss falls fastest there, and ends with a mean.
    const [from, to] = [i - Math.min(half, i), Math.min(points.length, i + Math.min(half, i) + 1)];
    return { x: q.x, y: (sums[to]! - sums[from]!) / (to - from) };
  });
}
