import { gradient } from "../autodiff/network.js";
import type { LossSpec, NetworkGradient } from "../autodiff/network.js";
import { checkLabels, feedsFor, refuseInfinities, splitBatch } from "../data/batch.js";
import type { Batch } from "../data/batch.js";
import { mainOutput } from "../graph/graph.js";
import type { Model } from "../graph/graph.js";
import { isFloat, tensor } from "../graph/tensor.js";
import type { FloatDType, Tensor } from "../graph/tensor.js";
import { norm } from "../math/norm.js";
import { bind } from "../passes/bind.js";
import type { Bound } from "../passes/bind.js";
import { refuseTooLarge } from "../passes/memory.js";
import { verifyGraph } from "../passes/verify.js";
import { cancellable } from "../runtime/cancellable.js";
import type { Runtime } from "../runtime/runtime.js";
import { timeLeft } from "../util/time-left.js";
import { defined } from "../util/defined.js";
import { IsogradError } from "../util/errors.js";
import { inflect, list, plural } from "../util/format.js";
import type { GradRecord } from "./grad-record.js";
import { requireModel, requireRuntime } from "./given.js";
import { ATTENDED_FIELDS, NETWORK_FIELDS, answersOf, bindOptions, lossByBatch, outputChoices, outputOf, progressOf } from "./network-options.js";
import type { Attended, NetworkOptions } from "./network-options.js";
import { elsewhere, loss, needed, requireOptions, tensors } from "./option-fields.js";
import type { OptionFields } from "./option-fields.js";

/** How to differentiate a network. */
export interface GradOptions extends NetworkOptions, Attended {
  readonly runtime: Runtime;
  /** Every input, and labels or target. */
  readonly batch: Batch;
  /** Absent: cross-entropy with labels, mse with a target. */
  readonly loss?: LossSpec | undefined;
}

const FIELDS: OptionFields<GradOptions> = { ...NETWORK_FIELDS, ...ATTENDED_FIELDS, runtime: elsewhere, batch: needed(tensors), loss: loss(false) };

/**
 * Returns the exact gradient of the loss by every parameter of a network. Errors: those of binding (`bind/…`, `op/unsupported`), of the batch (`batch/…`), of the
 * loss (`loss/kind`, `loss/shape`, `autodiff/not-differentiable`), `memory/limit` and `runtime/…`.
 */
export async function grad(model: Model, options: GradOptions): Promise<GradRecord> {
  requireModel(model, "grad");
  requireRuntime(options.runtime, "grad");
  requireOptions("grad", options, FIELDS);
  const { dtype = "float32", memoryLimit = Infinity, signal } = options;
  const runtime = cancellable(options.runtime, signal);
  const onProgress = progressOf(options);
  onProgress("binding");
  const batch = splitBatch(model, options.batch, new Set(Object.keys(options.set ?? {})));
  const chosen = options.loss ?? lossByBatch(batch);
  if (!chosen)
    throw new IsogradError("loss/kind", "the batch has neither labels nor target, so there is no loss", {
      fix: "add one to the batch, or choose --loss sum or --loss output:NAME",
    });
  const output = outputOf(chosen, options.output);
  const bound = bind(model, {
    ...bindOptions({ ...options, dtype }),
    shapes: Object.fromEntries([...batch.inputs].map(([k, t]) => [k, t.shape])),
    outputs: [output ?? mainOutput(model)],
  });
  refuseTooLarge(bound.graph, memoryLimit, runtime.peakBytes);
  refuseInfinities(bound.graph, batch.inputs);
  const answers = answersOf(batch, chosen);
  onProgress("differentiating");
  const made = gradient(bound, { loss: chosen, ...defined({ labels: answers, output, frozen: options.frozen, trainable: options.trainable }) });
  refuseTooLarge(made.graph, memoryLimit, runtime.peakBytes);
  verifyGraph(made.graph);
  const fed = new Map(batch.inputs);
  if (answers && made.labelsInput !== undefined) {
    fed.set(made.labelsInput, answers);
    if (chosen.kind === "cross-entropy") checkLabels(answers, made.classes!);
  }
  onProgress("preparing");
  const left = timeLeft();
  const executable = await runtime.prepare(made.graph, (done, of) => onProgress(left(`preparing session ${done + 1} of ${of}`, done, of)));
  try {
    onProgress("running");
    const runLeft = timeLeft();
    const values = await executable.run(feedsFor(made.graph, fed), undefined, (done, of) => onProgress(runLeft("running", done, of)));
    const record = recordOf(model.name, made, values, dtype);
    const passedOver = outputChoices(model, output).map(({ value }) => `the loss takes the output ${value}`);
    return { ...record, warnings: [...passedOver, ...(options.trainNorm === true ? normWarnings(bound) : []), ...record.warnings] };
  } finally {
    await executable.dispose();
  }
}

function recordOf(name: string, made: NetworkGradient, values: ReadonlyMap<string, Tensor>, dtype: FloatDType): GradRecord {
  const tensors = new Map<string, Tensor>();
  for (const p of made.parameters) {
    const output = made.grads.get(p.name);
    // Zeros where no gradient reaches.
    const data = output === undefined ? new Float64Array(p.value.data.length) : values.get(output)!.data;
    tensors.set(p.name, asType(dtype, p.value.shape, data));
  }
  const parameters = made.parameters.map(({ name, value }) => ({
    name,
    shape: value.shape,
    gradient: norm(tensors.get(name)!.data),
    weight: norm(value.data),
  }));
  let key = "loss";
  for (let n = 1; tensors.has(key); n++) key = `loss_${n}`;
  const loss = asType(dtype, [], values.get(made.loss)!.data);
  tensors.set(key, loss);
  const warnings = [
    ...made.warnings,
    ...(key === "loss" ? [] : [`a parameter is named "loss": the loss is written as "${key}"`]),
    ...nonFiniteWarnings(tensors),
  ];
  return { name, loss: loss.data[0]!, parameters, frozen: made.frozen, tensors, graph: made.graph, warnings, renamed: renamed(made) };
}

/** Says where training-mode norms, which were asked for, are not to be had. */
function normWarnings({ batchNorms }: Bound): readonly string[] {
  if (batchNorms.length === 0) return ["the network has no BatchNormalization, so --train-norm changes nothing; an exporter may have folded it away"];
  const left = batchNorms.filter((n) => !n.training);
  if (left.length === 0) return [];
  return [
    `${list(left.map((n) => `"${n.node}"`))} ${inflect(left.length, "has", "have")} one value per channel in this batch, so ${inflect(left.length, "it runs", "they run")} with the statistics of the file`,
  ];
}

const asType = (dtype: FloatDType, shape: readonly number[], data: Tensor["data"]): Tensor => {
  const home = dtype === "float32" ? Float32Array : Float64Array;
  return data instanceof home ? { dtype, shape, data } : tensor(dtype, shape, data);
};

function nonFiniteWarnings(tensors: ReadonlyMap<string, Tensor>): readonly string[] {
  const bad = [...tensors].filter(([, t]) => isFloat(t.dtype) && t.data.some((v) => !Number.isFinite(v))).map(([name]) => name);
  if (bad.length === 0) return [];
  return [
    `${bad.length} of ${plural(tensors.size, "result")} ${inflect(bad.length, "holds", "hold")} NaN or infinity: ${list(bad)}; try --dtype float64`,
  ];
}

function renamed(made: NetworkGradient): readonly string[] {
  const pairs = [["loss", made.loss], ...[...made.grads].flatMap(([p, g]) => (g === undefined ? [] : [[`grad/${p}`, g]]))];
  if (made.labelsInput !== undefined) pairs.push([made.classes === undefined ? "target" : "labels", made.labelsInput]);
  return pairs
    .filter(([wanted, name]) => wanted !== name)
    .map(([wanted, name]) => `the network has a value named "${wanted}": the emitted graph calls it "${name}"`);
}
