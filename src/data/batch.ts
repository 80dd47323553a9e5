import type { Graph, Model } from "../graph/graph.js";
import { formatShape, isFloat, tensor } from "../graph/tensor.js";
import type { DType, Tensor } from "../graph/tensor.js";
import { isMaskInput } from "../passes/set-aside.js";
import { IGNORED_LABEL } from "../nn/losses.js";
import { IsogradError, nearest } from "../util/errors.js";

/** A batch of examples: tensors by name, for a network's inputs and `labels` or `target`. */
export type Batch = ReadonlyMap<string, Tensor>;

/** A batch split into a network's inputs and its labels or target. */
export interface SplitBatch {
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly labels?: Tensor;
  readonly target?: Tensor;
}

/**
 * Splits a batch into inputs, labels and target. Inputs in `fixed` (`--set`) may be absent. Errors: `batch/missing` for a
 * missing or unknown name, `batch/value` for NaN or an infinity, but −∞ in an input (see `refuseInfinities`).
 */
export function splitBatch(model: Model, batch: Batch, fixed: ReadonlySet<string> = new Set()): SplitBatch {
  const names = model.graph.inputs.map((i) => i.name);
  const inputs = new Map<string, Tensor>();
  for (const [name, t] of batch) {
    if (names.includes(name)) inputs.set(name, t);
    else if (name !== "labels" && name !== "target") {
      const near = nearest(name, [...names, "labels", "target"]);
      throw new IsogradError("batch/missing", `the batch has "${name}", which is no input of the network`, {
        expected: [...names, "labels or target"].join(", "),
        ...(near ? { fix: `did you mean "${near}"?` } : {}),
      });
    }
  }
  const missing = names.filter((n) => !inputs.has(n) && !fixed.has(n));
  if (missing.length > 0) {
    throw new IsogradError("batch/missing", `the batch lacks ${missing.map((n) => `"${n}"`).join(", ")}`, {
      received: [...batch.keys()].join(", ") || "an empty batch",
    });
  }
  for (const [name, t] of batch) refuseValues(name, t, (v) => Number.isNaN(v) || v === Infinity || (v === -Infinity && !inputs.has(name)));
  const labels = batch.get("labels");
  const target = batch.get("target");
  return { inputs, ...(labels ? { labels } : {}), ...(target ? { target } : {}) };
}

/**
 * Refuses −∞ in an input of a bound graph that is no mask for a softmax, and what its arithmetic does not hold: nothing could be measured. Error
 * `batch/value`.
 */
export function refuseInfinities(graph: Graph, inputs: ReadonlyMap<string, Tensor>): void {
  for (const [name, t] of inputs) {
    const type = graph.types.get(name);
    if (type === undefined || !isFloat(t.dtype)) continue;
    const stored = (v: number): number => (type.dtype === "float32" ? Math.fround(v) : v);
    if (t.data.some((v: number) => stored(v) === -Infinity) && isMaskInput(graph, name, t)) continue;
    refuseValues(name, t, (v) => v === -Infinity, type.dtype, "clean the data; -infinity is taken only where it is a mask for a softmax");
    refuseValues(name, t, (v) => !Number.isFinite(stored(v)), type.dtype, LARGE);
  }
}

const LARGE = "clean the data, or compute in float64 (--dtype float64)";

/** Refuses a tensor of floats in which some value is `bad`. */
function refuseValues(name: string, t: Tensor, bad: (v: number) => boolean, dtype: DType = t.dtype, fix = "clean the data"): void {
  const at = isFloat(t.dtype) ? t.data.findIndex(bad) : -1;
  if (at < 0) return;
  const v = t.data[at]!;
  const what = Number.isNaN(v) ? "NaN" : Number.isFinite(v) ? `${v}, which does not fit ${dtype}` : v > 0 ? "infinity" : "-infinity";
  throw new IsogradError("batch/value", `"${name}" holds ${what}`, {
    at: ["batch", name],
    received: `${v} at element ${at} of ${formatShape(t.shape)}`,
    fix,
  });
}

/**
 * Returns the feeds of a graph from tensors by name. Tensors are converted to the dtypes of the graph: floats to floats, and
 * integers to integers that can hold them. Errors: `batch/dtype`, `batch/value`.
 */
export function feedsFor(graph: Graph, tensors: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
  const feeds = new Map<string, Tensor>();
  for (const { name } of graph.inputs) {
    const t = tensors.get(name);
    if (t) feeds.set(name, converted(name, t, graph.types.get(name)!.dtype));
  }
  return feeds;
}

/** Smallest and largest value of the integer dtypes; int64 is wide enough for all. */
const RANGES: Partial<Record<DType, readonly [number, number]>> = {
  int8: [-128, 127],
  int16: [-32768, 32767],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint8: [0, 255],
  uint16: [0, 65535],
  uint32: [0, 2 ** 32 - 1],
  uint64: [0, 2 ** 64],
  bool: [0, 1],
};

/** Converts a tensor to a dtype of the same kind, float or integer. */
function converted(name: string, t: Tensor, dtype: DType): Tensor {
  if (t.dtype === dtype) return t;
  if (isFloat(t.dtype) !== isFloat(dtype)) {
    throw new IsogradError("batch/dtype", `"${name}" has another kind of element`, {
      at: ["batch", name],
      expected: dtype,
      received: t.dtype,
      fix: `store it as ${dtype}`,
    });
  }
  if (dtype === "float32") refuseValues(name, t, (v) => Number.isFinite(v) && Math.fround(v) === Infinity, dtype, LARGE);
  const range = RANGES[dtype];
  if (range) {
    const bad = t.data.findIndex((v) => v < range[0] || v > range[1]);
    if (bad >= 0) throw new IsogradError("batch/value", `"${name}" holds ${t.data[bad]}, which does not fit ${dtype}`, { at: ["batch", name] });
  }
  return tensor(dtype, t.shape, t.data);
}

/**
 * Checks class labels: integers from 0 to `classes` − 1, or −100 for ignored positions, which must not be all. Errors:
 * `batch/dtype`, `batch/value`.
 */
export function checkLabels(labels: Tensor, classes: number): void {
  const at = ["batch", "labels"];
  if (isFloat(labels.dtype) || labels.dtype === "bool")
    throw new IsogradError("batch/dtype", "the labels are not integers", { at, expected: "int64", received: labels.dtype });
  const bad = labels.data.findIndex((v) => v !== IGNORED_LABEL && (v < 0 || v >= classes));
  if (bad >= 0) {
    throw new IsogradError("batch/value", `label ${labels.data[bad]} is out of range`, {
      at,
      expected: `0 to ${classes - 1}, or −100 to ignore a position`,
      received: `${labels.data[bad]} at element ${bad}`,
    });
  }
  if (labels.data.every((v) => v === IGNORED_LABEL))
    throw new IsogradError("batch/value", "every label is −100: nothing is left to learn from", { at });
}
