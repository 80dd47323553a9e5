import { feedsFor } from "../data/batch.js";
import type { Tensor } from "../graph/tensor.js";
import type { Bound } from "../passes/bind.js";
import { timeLeft } from "../util/time-left.js";
import { openGraph } from "../runtime/open-graph.js";
import type { OpenGraph } from "../runtime/open-graph.js";
import type { OnPart, Runtime, Values } from "../runtime/runtime.js";
import type { Structure } from "../structure/types.js";
import { withCotangent } from "./cotangent.js";
import { PLAIN, careFor, comfortOf } from "./measure-care.js";
import type { Care } from "./measure-care.js";
import { measurementGraph } from "./measurement.js";
import { lnSum } from "../math/statistics.js";
import { checkReadings } from "./check-readings.js";
import type { CheckReadings } from "./check-readings.js";
import type { MeasureRequest, Measurement, MeasurementGraph } from "./measurement.js";

/** How many cotangents are drawn where there is no loss. */
export const COTANGENTS = 4;

/** What is measured, and what runs it. */
export interface MeasureTask {
  readonly bound: Bound;
  readonly structure: Structure;
  readonly request: Omit<MeasureRequest, "rescale" | "careful">;
  readonly runtime: Runtime;
  /** Bytes that a run may take. */
  readonly memoryLimit: number;
  /** Bytes that are held besides, such as those of batches (default: 0). */
  readonly held?: number;
  readonly onProgress?: (what: string) => void;
}

/** One set of data that a network is measured on. */
export interface Replicate {
  /** The network's inputs by name. */
  readonly inputs: ReadonlyMap<string, Tensor>;
  /** Labels or target, for a loss that takes them; `classes` is the number that labels may name. */
  readonly labels?: (classes: number | undefined) => Tensor;
  /** Weights that take the places of the network's own, by name. */
  readonly weights?: Values;
  /** Where there is no loss: the seed and the names of the streams that cotangents are drawn from, one measurement each. Their squares are averaged. */
  readonly seed: number;
  readonly cotangents: readonly string[];
}

/** What all runs have in common. */
interface Common {
  /** Whether the backward pass had to be rescaled to stay in range: the numbers are the true ones either way. */
  readonly rescaled: boolean;
  readonly warnings: readonly string[];
  readonly classes: number | undefined;
}

/** What the runs gave: one measurement per replicate. */
export interface Measurements extends Common {
  readonly measurements: readonly Measurement[];
}

/** What a check-up measured. */
export interface Measured extends Common, CheckReadings {}

/** Measures replicates of one network, in sessions that stay open from call to call. */
export interface Measurer {
  /** Measures the replicates, and all of them once more with care where numbers of any left the element type's comfort. */
  measure(replicates: readonly Replicate[]): Promise<Measurements>;
  dispose(): Promise<void>;
}

/**
 * Makes a network ready to be measured; sessions are opened when they are first needed. `keep`: those of the plain graph stay open beside those of the
 * rescaled one, for replicates still to come. Errors of measuring: `memory/limit`, `batch/…`, `runtime/…`, `autodiff/…`.
 */
export function measurerOf(task: MeasureTask, { keep }: { readonly keep: boolean }): Measurer {
  const open = new Map<string, Promise<OpenMeasurement>>();
  const close = async (): Promise<void> => {
    const opened = await Promise.allSettled(open.values());
    open.clear();
    for (const o of opened) if (o.status === "fulfilled") await o.value.dispose();
  };
  const ready = async (care: Care): Promise<OpenMeasurement> => {
    const key = JSON.stringify(care);
    const known = open.get(key);
    if (known) return known;
    if (!keep) await close();
    const opened = openMeasurement(task, care);
    open.set(key, opened);
    return opened;
  };
  const run = async (replicates: readonly Replicate[], care: Care): Promise<Measurements & { readonly again: Care | undefined }> => {
    const opened = await ready(care);
    const { graph, warnings, classes } = opened.made;
    const measurements: Measurement[] = [];
    const left = timeLeft();
    for (const [i, replicate] of replicates.entries()) {
      const what = replicates.length === 1 ? "measuring" : `measuring batch ${i + 1} of ${replicates.length}`;
      task.onProgress?.(left(what, i, replicates.length));
      const runs = runsOf(opened.made, replicate);
      measurements.push(
        await measureOne(opened, replicate, (run, done, of) => task.onProgress?.(left(what, i + (run + done / of) / runs, replicates.length))),
      );
    }
    return { measurements, rescaled: care.rescale, warnings, classes, again: careFor(measurements, comfortOf(graph)) };
  };
  return {
    measure: async (replicates) => {
      const plain = await run(replicates, PLAIN);
      return plain.again ? run(replicates, plain.again) : plain;
    },
    dispose: close,
  };
}

/** A measurement graph whose sessions are open. */
interface OpenMeasurement extends OpenGraph {
  readonly made: MeasurementGraph;
}

async function openMeasurement(task: MeasureTask, care: Care): Promise<OpenMeasurement> {
  const how = care.rescale ? ", rescaled" : "";
  task.onProgress?.(`differentiating${how}`);
  const made = measurementGraph(task.bound, task.structure, { ...task.request, ...care });
  task.onProgress?.(`preparing${how}`);
  const left = timeLeft();
  const onPart: OnPart = (done, of) => task.onProgress?.(left(`preparing session ${done + 1} of ${of}${how}`, done, of));
  return { made, ...(await openGraph(made.graph, task, onPart)) };
}

/** How many runs a replicate takes: one for each cotangent, where these are drawn. */
const runsOf = (made: MeasurementGraph, { cotangents }: Replicate): number => (made.cotangentInput === undefined ? 1 : cotangents.length);

/** Measures one replicate; `onPart` is told which run is under way and how much of it is done. */
async function measureOne(
  { made, run }: OpenMeasurement,
  replicate: Replicate,
  onPart: (run: number, done: number, of: number) => void,
): Promise<Measurement> {
  const names = made.cotangentInput === undefined ? [undefined] : replicate.cotangents;
  const runs: Measurement[] = [];
  for (const [i, name] of names.entries()) {
    const values = await run(feedsOf(made, replicate, name), replicate.weights ?? new Map(), (done, of) => onPart(i, done, of));
    runs.push(made.read((output) => values.get(output)!));
  }
  return averaged(runs);
}

/** What a measurement graph is fed for one replicate: inputs, labels or target, and a cotangent, the replicate's first unless another is named. */
export function feedsOf(made: MeasurementGraph, replicate: Replicate, cotangent: string | undefined = replicate.cotangents[0]): Values {
  const tensors = withCotangent(made, replicate.inputs, replicate.seed, cotangent);
  if (made.labelsInput !== undefined && replicate.labels) tensors.set(made.labelsInput, replicate.labels(made.classes));
  return feedsFor(made.graph, tensors);
}

/** Squares averaged over cotangent draws: Hutchinson's estimate of tr(JJᵀ). Forward results are the first run's. */
function averaged(runs: readonly Measurement[]): Measurement {
  const [first] = runs as [Measurement];
  if (runs.length === 1) return first;
  const mean = (values: readonly number[]): number => lnSum(values) - Math.log(values.length);
  const routes = (which: "branches" | "entries"): Measurement["branches"] =>
    first[which].map((w, i) => w?.map((_, e) => mean(runs.map((r) => r[which][i]![e]!))));
  return {
    ...first,
    cuts: first.cuts.map((cut, i) => ({
      ...cut,
      lnGradientSquares: cut.lnGradientSquares?.map((_, e) => mean(runs.map((r) => r.cuts[i]!.lnGradientSquares![e]!))),
    })),
    branches: routes("branches"),
    entries: routes("entries"),
    parameters: first.parameters.map((p, i) => ({ ...p, lnGradient: 0.5 * mean(runs.map((r) => 2 * r.parameters[i]!.lnGradient)) })),
  };
}

/** A network to be measured on batches of data, once. */
export interface MeasureRun extends MeasureTask {
  /** The network's inputs by name, for every batch. */
  readonly batches: readonly ReadonlyMap<string, Tensor>[];
  /** Labels or target, one per batch. */
  readonly labels?: readonly Tensor[];
  /** Seed of the cotangents that are drawn where there is no loss. */
  readonly seed: number;
}

/** The batches as replicates: of a single one four cotangents are drawn, else one of each. */
export function replicatesOf({ batches, labels, seed }: Pick<MeasureRun, "batches" | "labels" | "seed">): readonly Replicate[] {
  const draws = batches.length > 1 ? 1 : COTANGENTS;
  return batches.map((inputs, i) => ({
    inputs,
    ...(labels ? { labels: () => labels[i]! } : {}),
    seed,
    cotangents: Array.from({ length: draws }, (_, k) => `cotangent/${i}/${k}`),
  }));
}

/**
 * Measures a network on every batch, with several drawn cotangents each where there is no loss, and once more with a rescaled backward pass and rescaled
 * squares where numbers left the element type's comfort. Errors: `memory/limit`, `batch/…`, `runtime/…`, `autodiff/…`.
 */
export async function measure(run: MeasureRun): Promise<Measured> {
  const held = run.batches.reduce((sum, batch) => sum + [...batch.values()].reduce((n, t) => n + t.data.byteLength, 0), 0);
  const measurer = measurerOf({ ...run, held }, { keep: false });
  try {
    const { measurements, rescaled, warnings, classes } = await measurer.measure(replicatesOf(run));
    return { ...checkReadings(run.bound, run.structure, measurements), rescaled, warnings, classes };
  } finally {
    await measurer.dispose();
  }
}
