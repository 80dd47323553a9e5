import { logitsOf, lossOutput } from "../autodiff/loss.js";
import type { LossSpec } from "../autodiff/loss.js";
import type { Evidence } from "../doctor/evidence.js";
import { examine } from "../doctor/index.js";
import type { Model } from "../graph/graph.js";
import { formatShape } from "../graph/tensor.js";
import type { Tensor } from "../graph/tensor.js";
import { bind } from "../passes/bind.js";
import type { BindOptions, Bound } from "../passes/bind.js";
import { largestCurvature } from "../probe/curvature.js";
import { firstNonFinite } from "../probe/first-non-finite.js";
import type { NonFinite } from "../probe/first-non-finite.js";
import { drawnCotangent, measure } from "../probe/measure.js";
import { measurementGraph } from "../probe/measurement.js";
import type { Measured, MeasureRun } from "../probe/measure.js";
import { examplesMix } from "../probe/mixing.js";
import { INTERVAL_BATCHES, profilesOf } from "../probe/profile.js";
import type { Runtime } from "../runtime/runtime.js";
import { structureOf } from "../structure/structure.js";
import type { Structure } from "../structure/types.js";
import { checkLabels, feedsFor, splitBatch } from "../data/batch.js";
import type { Batch, SplitBatch } from "../data/batch.js";
import { bindFreely, drawInputs } from "../data/drawn-inputs.js";
import type { Choice } from "../data/drawn-inputs.js";
import { IsogradError } from "../util/errors.js";
import { judge } from "../verdict/judge.js";
import type { CheckRecord } from "./check-record.js";
import { recordOf } from "./record-of.js";

/** How to check a network. */
export interface CheckOptions {
  readonly runtime: Runtime;
  /** Every input, and labels or target; without any inputs are drawn. Of several, alike in shape, the first is the one told about. */
  readonly batches?: readonly Batch[];
  /** Absent: cross-entropy with labels, mse with a target, else none. */
  readonly loss?: LossSpec | "none";
  readonly output?: string;
  readonly dims?: Readonly<Record<string, number>>;
  readonly set?: Readonly<Record<string, number>>;
  readonly dtype?: "float32" | "float64";
  readonly dropoutSeed?: number;
  readonly seed?: number;
  /** A learning rate to hold against the curvature of the loss. */
  readonly learningRate?: number;
  /** A loss scale that the user trains with: precision is judged under it. */
  readonly lossScale?: number;
  /** Bytes that a run may take. */
  readonly memoryLimit: number;
  /** Nodes that a network may have, or unroll to. */
  readonly maxNodes?: number;
  readonly onProgress?: (what: string) => void;
}

/** Checks a network up: structure, measurement, verdict, findings. Errors: those of binding, of the batch and of the runtime. */
export async function checkUp(model: Model, options: CheckOptions): Promise<CheckRecord> {
  const start = performance.now();
  const { runtime, seed = 0 } = options;
  const prepared = prepare(model, options);
  const { bound, choices, loss } = prepared;
  const [batch] = prepared.batches as [Tensors];
  if (options.learningRate !== undefined && !loss) {
    throw new IsogradError("loss/kind", "a learning rate needs a loss to be held against", {
      fix: "give a batch with labels or target, or --loss output:NAME",
    });
  }
  const output = loss?.kind === "output" ? loss.name : options.output;
  options.onProgress?.("finding the structure");
  const structure = structureOf(bound, target(bound, loss, output, prepared.labels !== undefined));
  const examples = examplesOf(bound, batch);
  if (examples === 0) {
    throw new IsogradError("batch/shape", "the batch has no examples, so there is nothing to measure", {
      at: [model.name],
      received: bound.graph.inputs.map((i) => `${i.name} ${formatShape(bound.graph.types.get(i.name)!.shape)}`).join(", "),
    });
  }
  const mixing = await examplesMix(bound, structure, examples, feedsFor(bound.graph, batch), runtime);
  const batches = [...prepared.batches];
  if (prepared.drawn && mixing) for (let i = 1; i < INTERVAL_BATCHES; i++) batches.push(drawInputs(bound.graph, seed + i).tensors);
  const run = runOf(options, bound, structure, examples, batches, prepared);
  const measured = await measure(run);
  if (measured.classes !== undefined) for (const labels of prepared.labels ?? []) checkLabels(labels, measured.classes);
  options.onProgress?.("judging");
  const profiles = profilesOf(structure, measured.measurements, mixing);
  const verdict = judge(profiles);
  const c: Evidence = {
    bound,
    structure,
    measurements: measured.measurements,
    data: profiles,
    verdict,
    examples,
    mixing,
    zeroExamples: profiles.zeroExamples,
    nonFinite: hasNonFinite(measured) ? await culprit(run, options) : undefined,
    curvature: options.learningRate === undefined ? undefined : await curvatureOf(run, prepared, options, options.learningRate),
    lossScale: options.lossScale,
  };
  const settings = [...choices, ...settingsOf(options, loss, measured, mixing, batches.length, profiles.zeroExamples)];
  return recordOf(c, profiles, examine(c), settings, (performance.now() - start) / 1000);
}

type Tensors = ReadonlyMap<string, Tensor>;

interface Prepared {
  readonly bound: Bound;
  readonly batches: readonly Tensors[];
  /** One per batch. */
  readonly labels: readonly Tensor[] | undefined;
  readonly loss: LossSpec | undefined;
  readonly choices: readonly Choice[];
  readonly drawn: boolean;
}

/** Binds the network to the batch, or to drawn inputs, and settles the loss. */
function prepare(model: Model, options: CheckOptions): Prepared {
  const { seed = 0, set = {} } = options;
  const common: BindOptions = {
    set,
    maxBytes: options.memoryLimit,
    ...(options.maxNodes === undefined ? {} : { maxNodes: options.maxNodes }),
    ...(options.dims ? { dims: options.dims } : {}),
    ...(options.dtype ? { dtype: options.dtype } : {}),
    ...(options.dropoutSeed === undefined ? {} : { dropoutSeed: options.dropoutSeed }),
  };
  const wanted = options.loss !== undefined && options.loss !== "none" && options.loss.kind === "output" ? options.loss.name : options.output;
  const outputs = [wanted ?? model.graph.outputs[0] ?? ""];
  if (!options.batches) {
    const { bound, choices } = bindFreely(model, { ...common, outputs });
    const drawn = drawInputs(bound.graph, seed);
    const loss = options.loss === "none" ? undefined : options.loss;
    return { bound, batches: [drawn.tensors], labels: undefined, loss, choices: [...choices, ...drawn.choices], drawn: true };
  }
  const splits = options.batches.map((b) => splitBatch(model, b, new Set(Object.keys(set))));
  const [split] = splits as [SplitBatch];
  const inferred: LossSpec | undefined = split.labels ? { kind: "cross-entropy" } : split.target ? { kind: "mse" } : undefined;
  const loss = options.loss === "none" ? undefined : (options.loss ?? inferred);
  const shapes = Object.fromEntries([...split.inputs].map(([k, t]) => [k, t.shape]));
  const bound = bind(model, { ...common, outputs, shapes });
  const answers = (s: SplitBatch): Tensor | undefined => (loss?.kind === "cross-entropy" ? s.labels : loss?.kind === "mse" ? s.target : undefined);
  splits.forEach((s, i) => refuseUnlike(i, s.inputs, split.inputs, answers(s), answers(split)));
  const labels = splits.map(answers).filter((t) => t !== undefined);
  return { bound, batches: splits.map((s) => s.inputs), labels: labels.length > 0 ? labels : undefined, loss, choices: [], drawn: false };
}

/** Errors `batch/shape`: a batch unlike the first, which the network was bound to; `batch/value`: the first once more. */
function refuseUnlike(i: number, inputs: Tensors, first: Tensors, labels: Tensor | undefined, firstLabels: Tensor | undefined): void {
  const all: readonly (readonly [string, Tensor | undefined, Tensor | undefined])[] = [
    ...[...first].map(([name, t]) => [name, t, inputs.get(name)] as const),
    ["labels or target", firstLabels, labels],
  ];
  for (const [name, wanted, given] of all) {
    if (wanted?.shape.join() === given?.shape.join()) continue;
    throw new IsogradError("batch/shape", `batch ${i + 1} is unlike the first: "${name}" has another shape`, {
      at: ["batch", name],
      expected: wanted ? formatShape(wanted.shape) : "none",
      received: given ? formatShape(given.shape) : "none",
      fix: "give batches of one size",
    });
  }
  if (i > 0 && [...first].every(([name, t]) => t.data.every((v, k) => v === inputs.get(name)!.data[k])))
    throw new IsogradError("batch/value", `batch ${i + 1} is the first once more`, {
      at: ["batch"],
      fix: "an interval over batches needs other data in each",
    });
}

/** What the trunk leads to: the value that the loss is computed from, probabilities traced back to logits where the loss does so. */
function target(bound: Bound, loss: LossSpec | undefined, output: string | undefined, labels: boolean): string {
  const from = lossOutput(bound, output);
  return (loss?.kind === "cross-entropy" && labels ? logitsOf(bound, from)?.value : undefined) ?? from;
}

/** The number of examples: the size of axis 0 that all inputs with axes share; 1 where they share none. */
function examplesOf(bound: Bound, batch: ReadonlyMap<string, Tensor>): number {
  const sizes = new Set(bound.graph.inputs.map((i) => batch.get(i.name)?.shape[0]).filter((n) => n !== undefined));
  return sizes.size === 1 ? [...sizes][0]! : 1;
}

function runOf(
  options: CheckOptions,
  bound: Bound,
  structure: Structure,
  examples: number,
  batches: MeasureRun["batches"],
  prepared: Prepared,
): MeasureRun {
  const output = prepared.loss?.kind === "output" ? prepared.loss.name : options.output;
  return {
    bound,
    structure,
    batches,
    runtime: options.runtime,
    seed: options.seed ?? 0,
    memoryLimit: options.memoryLimit,
    feeds: feedsFor,
    request: {
      examples,
      ...(prepared.loss ? { loss: prepared.loss } : {}),
      ...(prepared.labels ? { labels: prepared.labels[0]! } : {}),
      ...(output === undefined ? {} : { output }),
    },
    ...(prepared.labels ? { labels: prepared.labels } : {}),
    ...(options.onProgress ? { onProgress: options.onProgress } : {}),
  };
}

const hasNonFinite = (measured: Measured): boolean =>
  measured.measurements.some((m) =>
    m.cuts.some((c) => [...(c.lnGradientSquares ?? []), ...c.activation.lnSquares].some((v) => Number.isNaN(v) || v === Infinity)),
  );

/** Looks for the first value that is not finite, in the plain gradient graph. */
async function culprit(run: MeasureRun, options: CheckOptions): Promise<NonFinite | undefined> {
  options.onProgress?.("looking for the first value that is not finite");
  const graph = measurementGraph(run.bound, run.structure, run.request);
  const tensors = new Map(run.batches[0]);
  if (graph.labelsInput !== undefined && run.labels) tensors.set(graph.labelsInput, run.labels[0]!);
  if (graph.cotangentInput !== undefined) tensors.set(graph.cotangentInput, drawnCotangent(graph, graph.cotangentInput, run.seed));
  return firstNonFinite(graph.graph, feedsFor(graph.graph, tensors), options.runtime, run.request.examples);
}

async function curvatureOf(run: MeasureRun, prepared: Prepared, options: CheckOptions, learningRate: number): Promise<Evidence["curvature"]> {
  if (!prepared.loss) return undefined;
  const lambdaMax = await largestCurvature({
    bound: run.bound,
    loss: { ...run.request, loss: prepared.loss },
    tensors: run.batches[0]!,
    runtime: options.runtime,
    seed: run.seed,
    memoryLimit: run.memoryLimit,
    feeds: feedsFor,
    ...(run.labels ? { labels: run.labels[0]! } : {}),
    ...(options.onProgress ? { onProgress: options.onProgress } : {}),
  });
  return { lambdaMax, learningRate };
}

function settingsOf(
  options: CheckOptions,
  loss: LossSpec | undefined,
  measured: Measured,
  mixing: boolean | undefined,
  batches: number,
  zeroExamples: number,
): readonly Choice[] {
  const rows: Choice[] = [
    {
      what: "loss",
      value: loss
        ? loss.kind === "output"
          ? `the network's own output ${loss.name}`
          : loss.kind
        : "none: 4 cotangents drawn from N(0, 1) on the output",
    },
    {
      what: "arithmetic",
      value: `${options.dtype ?? "float32"}, ${options.runtime.name}${measured.rescaled ? ", backward pass rescaled at every block" : ""}`,
    },
    { what: "dropout", value: options.dropoutSeed === undefined ? "identity" : `masks from seed ${options.dropoutSeed}` },
  ];
  if (batches > 1) rows.push({ what: "batches", value: `${batches}${mixing ? ", because examples influence each other" : ""}` });
  if (mixing === true && batches < INTERVAL_BATCHES)
    rows.push({ what: "interval", value: `none: examples influence each other, so an interval takes at least ${INTERVAL_BATCHES} batches` });
  if (zeroExamples > 0) rows.push({ what: "examples left out", value: `${zeroExamples}: their gradient is exactly zero` });
  return [...rows, ...measured.warnings.map((value) => ({ what: "note", value }))];
}
