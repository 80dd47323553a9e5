import type { Graph } from "../graph/graph.js";
import { sizeOf, tensor } from "../graph/tensor.js";
import type { Tensor } from "../graph/tensor.js";
import type { Bound } from "../passes/bind.js";
import { refuseTooLarge } from "../passes/memory.js";
import { verifyGraph } from "../passes/verify.js";
import type { Executable, Runtime, Values } from "../runtime/runtime.js";
import type { Structure } from "../structure/types.js";
import { stream } from "../util/random.js";
import { lnSum, measurementGraph } from "./measurement.js";
import type { MeasureRequest, Measurement, MeasurementGraph } from "./measurement.js";

/** How many cotangents are drawn where there is no loss. */
export const COTANGENTS = 4;

/** How to run a measurement. */
export interface MeasureRun {
  readonly bound: Bound;
  readonly structure: Structure;
  readonly request: Omit<MeasureRequest, "rescale" | "careful">;
  /** One map of tensors per replicate: the network's inputs. */
  readonly batches: readonly ReadonlyMap<string, Tensor>[];
  /** Labels or target, one per batch. */
  readonly labels?: readonly Tensor[];
  readonly runtime: Runtime;
  readonly seed: number;
  readonly memoryLimit: number;
  /** Brings tensors to the graph's element types. */
  readonly feeds: (graph: MeasurementGraph["graph"], tensors: ReadonlyMap<string, Tensor>) => Map<string, Tensor>;
  readonly onProgress?: (what: string) => void;
}

/** What the runs gave: one measurement per batch. */
export interface Measured {
  readonly measurements: readonly Measurement[];
  readonly rescaled: boolean;
  readonly warnings: readonly string[];
  readonly classes: number | undefined;
}

/** Where ln Σg² or ln Σx² lies outside of this range, squares or elements may have left the element type's: it is measured again, with care. */
const COMFORT = { float32: [-60, 80], float64: [-1000, 1200] } as const;

/**
 * Measures a network: builds the measurement graph, runs it on every batch (with several drawn cotangents each where there is no loss), and once
 * more with a rescaled backward pass and rescaled squares when numbers leave the element type's comfort. Errors: `memory/limit`, `batch/…`, `runtime/…`, `autodiff/…`.
 */
export async function measure(run: MeasureRun): Promise<Measured> {
  const plain = await once(run, { rescale: false, careful: false });
  const care = careFor(plain.measurements, plain.comfort);
  return care ? once(run, care) : plain;
}

async function once(
  run: MeasureRun,
  mode: Pick<MeasureRequest, "rescale" | "careful">,
): Promise<Measured & { readonly comfort: readonly [number, number] }> {
  const graph = measurementGraph(run.bound, run.structure, { ...run.request, ...mode });
  verifyGraph(graph.graph);
  refuseTooLarge(graph.graph, run.memoryLimit, run.runtime.peakBytes);
  run.onProgress?.(mode.rescale ? "preparing, rescaled" : "preparing");
  const executable = await run.runtime.prepare(graph.graph);
  try {
    const measurements: Measurement[] = [];
    for (const [i, batch] of run.batches.entries()) {
      run.onProgress?.(run.batches.length === 1 ? "measuring" : `measuring batch ${i + 1} of ${run.batches.length}`);
      measurements.push(await one(run, graph, executable, batch, i));
    }
    return { measurements, rescaled: mode.rescale === true, warnings: graph.warnings, classes: graph.classes, comfort: comfortOf(graph.graph) };
  } finally {
    await executable.dispose();
  }
}

async function one(
  run: MeasureRun,
  graph: MeasurementGraph,
  executable: Executable,
  batch: ReadonlyMap<string, Tensor>,
  i: number,
): Promise<Measurement> {
  const tensors = new Map(batch);
  if (graph.labelsInput !== undefined && run.labels) tensors.set(graph.labelsInput, run.labels[i]!);
  if (graph.cotangentInput === undefined) return read(graph, await executable.run(run.feeds(graph.graph, tensors)));
  const draws = run.batches.length > 1 ? 1 : COTANGENTS;
  const results: Measurement[] = [];
  for (let k = 0; k < draws; k++) {
    tensors.set(graph.cotangentInput, drawnCotangent(graph, graph.cotangentInput, run.seed, `cotangent/${i}/${k}`));
    results.push(read(graph, await executable.run(run.feeds(graph.graph, tensors))));
  }
  return averaged(results);
}

const read = (graph: MeasurementGraph, values: Values): Measurement => graph.read((name) => values.get(name)!);

/** A cotangent drawn from N(0, 1), keyed by seed and name. */
export function drawnCotangent(graph: Pick<MeasurementGraph, "graph">, name: string, seed: number, key = "cotangent/0/0"): Tensor {
  const type = graph.graph.types.get(name)!;
  const random = stream(seed, key);
  return tensor(
    type.dtype,
    type.shape,
    Float64Array.from({ length: sizeOf(type.shape) }, (_, i) => random.normal(i)),
  );
}

/** Averages squared gradients over runs with different random cotangents (Hutchinson's estimate of tr(JJᵀ)). Forward measurements are those of the first run. */
export function averaged(runs: readonly Measurement[]): Measurement {
  const [first] = runs as [Measurement];
  if (runs.length === 1) return first;
  const mean = (values: readonly number[]): number => lnSum(values) - Math.log(values.length);
  return {
    ...first,
    cuts: first.cuts.map((cut, i) => ({
      ...cut,
      lnGradientSquares: cut.lnGradientSquares?.map((_, e) => mean(runs.map((r) => r.cuts[i]!.lnGradientSquares![e]!))),
    })),
    branches: first.branches.map((b, i) => b?.map((_, e) => mean(runs.map((r) => r.branches[i]![e]!)))),
    parameters: first.parameters.map((p, i) => ({ ...p, lnGradient: 0.5 * mean(runs.map((r) => 2 * r.parameters[i]!.lnGradient)) })),
  };
}

/** The range of ln Σx² in which a graph's element type neither overflows nor underflows, with a margin. */
export function comfortOf(graph: Graph): readonly [number, number] {
  for (const t of graph.types.values()) if (t.dtype === "float64") return COMFORT.float64;
  return COMFORT.float32;
}

/**
 * With which care to measure again; undefined where every reading is comfortable. Values that are not finite are looked at again too: their squares
 * alone may have overflowed.
 */
export function careFor(measurements: readonly Measurement[], comfort: readonly [number, number]): Care | undefined {
  const careful = activationsOutOfRange(measurements, comfort);
  return careful || gradientsOutOfRange(measurements, comfort) ? { rescale: true, careful } : undefined;
}

/** How a network is measured again: with the backward pass rescaled, and squares of activations taken with care. */
export type Care = Required<Pick<MeasureRequest, "rescale" | "careful">>;

const activationsOutOfRange = (measurements: readonly Measurement[], comfort: readonly [number, number]): boolean =>
  measurements.some((m) => m.cuts.some((c) => anyOutside(c.activation.lnSquares, comfort)));

function gradientsOutOfRange(measurements: readonly Measurement[], comfort: readonly [number, number]): boolean {
  const [low, high] = comfort;
  return measurements.some((m) => {
    if (m.cuts.every((c) => c.lnGradientSquares?.every((v) => v === -Infinity) ?? true)) return false;
    // Parameters whose gradient is zero but for rounding (a bias before a norm) are no reason to run twice.
    const lost = (v: number): boolean => !(v >= 1.3 * low && v <= high);
    return (
      m.cuts.some((c) => c.lnGradientSquares !== undefined && anyOutside(c.lnGradientSquares, comfort)) ||
      m.parameters.some((p) => (p.lost !== undefined || p.lnGradient > -Infinity) && lost(2 * p.lnGradient))
    );
  });
}

function anyOutside(values: readonly number[], [low, high]: readonly [number, number]): boolean {
  for (let i = 0; i < values.length; i++) if (!(values[i]! >= low && values[i]! <= high)) return true;
  return false;
}
