import { gradient } from "../autodiff/network.js";
import type { NetworkGradient } from "../autodiff/network.js";
import { isFloat, tensor } from "../graph/tensor.js";
import type { FloatDType, Tensor } from "../graph/tensor.js";
import { writeSafetensors } from "../io/safetensors.js";
import { writeOnnx } from "../onnx/write.js";
import { bind } from "../passes/bind.js";
import { refuseTooLarge } from "../passes/memory.js";
import { verifyGraph } from "../passes/verify.js";
import { gradientTable } from "../study/gradient-table.js";
import { openRuntime } from "../runtime/select.js";
import { checkLabels, feedsFor, splitBatch } from "../data/batch.js";
import { IsogradError, printable } from "../util/errors.js";
import { readModel, readTensors, refuseUnwritable, writeAll } from "../io/files.js";
import { COMMON, choice, dims, fixedInputs, integer, lossSpec, memoryLimit, nodeLimit, runtimeName } from "./options.js";
import type { Given, Verb } from "./verb.js";

/** `isograd grad`: the exact gradient of every parameter of a network file. */
export const grad: Verb = {
  name: "grad",
  args: "MODEL.onnx --batch B.safetensors --out G.safetensors",
  summary: "The exact gradient of the loss by every parameter, as safetensors.",
  options: {
    batch: { value: "B.safetensors", help: "every input under its ONNX name, and labels (int64) or target" },
    out: { value: "G.safetensors", help: "where to write: each parameter's gradient under its name, and loss" },
    loss: { value: "KIND", help: "cross-entropy|mse|sum|output:NAME (default: cross-entropy with labels, mse with target)" },
    dtype: { value: "float32|float64", help: "arithmetic and result (default: float32)" },
    emit: { value: "GRAD.onnx", help: "also write the gradient graph as an ONNX file of standard ops" },
    quiet: { help: "do not print the table" },
    ...COMMON,
  },
  run: runGrad,
};

async function runGrad(args: readonly string[], given: Given): Promise<number> {
  const [path, ...extra] = args;
  const batchPath = given["batch"] as string | undefined;
  const out = given["out"] as string | undefined;
  const emit = given["emit"] as string | undefined;
  if (path === undefined || extra.length > 0)
    throw new IsogradError("usage/option", "grad takes one network file", {
      fix: "isograd grad MODEL.onnx --batch B.safetensors --out G.safetensors",
    });
  if (batchPath === undefined)
    throw new IsogradError("usage/option", "grad needs a batch", { fix: "give --batch B.safetensors with every input, and labels or target" });
  if (out === undefined && emit === undefined)
    throw new IsogradError("usage/option", "grad needs a place for its result", { fix: "give --out G.safetensors" });
  if (out !== undefined) refuseUnwritable(out, [path, batchPath]);
  if (emit !== undefined) refuseUnwritable(emit, [path, batchPath, ...(out === undefined ? [] : [out])]);
  const dtype = choice(given, "dtype", ["float32", "float64"] as const, "float32");
  const seed = integer(given, "dropout");
  integer(given, "seed"); // nothing is drawn here; a wrong value is still an error
  const runtimeChoice = runtimeName(given);
  const limit = memoryLimit(given);
  const fixed = fixedInputs(given);

  const model = readModel(path, limit);
  const batch = splitBatch(model, readTensors(batchPath, limit), new Set(Object.keys(fixed)));
  const loss = lossSpec(given, { labels: batch.labels !== undefined, target: batch.target !== undefined });
  if (!loss && given["loss"] !== undefined)
    throw new IsogradError("loss/kind", "a gradient needs a loss", { expected: "cross-entropy, mse, sum or output:NAME", received: "none" });
  if (!loss)
    throw new IsogradError("loss/kind", "the batch has neither labels nor target, so there is no loss", {
      fix: "add one to the batch, or choose --loss sum or --loss output:NAME",
    });
  const output = loss.kind === "output" ? loss.name : (given["output"] as string | undefined);
  const bound = bind(model, {
    dims: dims(given),
    shapes: Object.fromEntries([...batch.inputs].map(([k, t]) => [k, t.shape])),
    set: fixed,
    outputs: [output ?? model.graph.outputs[0] ?? ""],
    dtype,
    maxNodes: nodeLimit(),
    maxBytes: limit,
    ...(seed === undefined ? {} : { dropoutSeed: seed }),
  });
  const runtime = await openRuntime(runtimeChoice, { lowMemory: given["low-memory"] === true });
  refuseTooLarge(bound.graph, limit);
  const wanted = loss.kind === "cross-entropy" ? batch.labels : loss.kind === "mse" ? batch.target : undefined;
  const result = gradient(bound, { loss, ...(wanted ? { labels: wanted } : {}), ...(output === undefined ? {} : { output }) });
  refuseTooLarge(result.graph, limit, runtime.peakBytes);
  verifyGraph(result.graph);

  const tensors = new Map<string, Tensor>(batch.inputs);
  if (wanted && result.labelsInput !== undefined) {
    tensors.set(result.labelsInput, wanted);
    if (loss.kind === "cross-entropy") checkLabels(wanted, result.classes!);
  }
  const feeds = feedsFor(result.graph, tensors);
  const warnings = [...result.warnings, ...(emit === undefined ? [] : renamed(result))];

  try {
    const executable = await runtime.prepare(result.graph);
    const values = await executable.run(feeds);
    const { grads, loss: key } = collect(result, values, dtype);
    if (key !== "loss") warnings.push(`a parameter is named "loss": the loss is written as "${key}"`);
    // Written only now: while nothing is on disk, an interrupt ends the run at once.
    const chunks = out === undefined ? [] : writeSafetensors(grads, { producer: "isograd", runtime: runtime.name });
    await writeAll([
      ...(out === undefined ? [] : [[out, chunks] as const]),
      ...(emit === undefined ? [] : [[emit, [writeOnnx(result.graph)]] as const]),
    ]);
    // A command that fails says one sentence and no more.
    for (const w of [...warnings, ...nonFinite(grads)]) process.stderr.write(`isograd: warning: ${printable(w)}\n`);
    if (given["quiet"] !== true) process.stdout.write(gradientTable(model.name, result.parameters, grads, grads.get(key)!.data[0]!));
  } finally {
    await runtime.close();
  }
  return 0;
}

/** What the emitted graph calls otherwise than one expects, because the network has values of those names. */
function renamed(result: NetworkGradient): string[] {
  const pairs = [["loss", result.loss], ...[...result.grads].flatMap(([p, g]) => (g === undefined ? [] : [[`grad/${p}`, g]]))];
  if (result.labelsInput !== undefined) pairs.push([result.classes === undefined ? "target" : "labels", result.labelsInput]);
  return pairs
    .filter(([wanted, name]) => wanted !== name)
    .map(([wanted, name]) => `the network has a value named "${wanted}": the emitted graph calls it "${name}"`);
}

/** The result tensors by parameter name, and the loss under its key (`loss`, or `loss_1` … where a parameter has that name), in the asked element type; zeros where no gradient reaches. */
function collect(
  result: NetworkGradient,
  values: ReadonlyMap<string, Tensor>,
  dtype: FloatDType,
): { readonly grads: Map<string, Tensor>; readonly loss: string } {
  const grads = new Map<string, Tensor>();
  for (const p of result.parameters) {
    const name = result.grads.get(p.name);
    const data = name === undefined ? new Float64Array(p.value.data.length) : values.get(name)!.data;
    grads.set(p.name, asType(dtype, p.value.shape, data));
  }
  let loss = "loss";
  for (let n = 1; grads.has(loss); n++) loss = `loss_${n}`;
  grads.set(loss, asType(dtype, [], values.get(result.loss)!.data));
  return { grads, loss };
}

const asType = (dtype: FloatDType, shape: readonly number[], data: Tensor["data"]): Tensor => {
  const home = dtype === "float32" ? Float32Array : Float64Array;
  return data instanceof home ? { dtype, shape, data } : tensor(dtype, shape, data);
};

function nonFinite(grads: ReadonlyMap<string, Tensor>): string[] {
  const bad = [...grads].filter(([, t]) => isFloat(t.dtype) && t.data.some((v) => !Number.isFinite(v))).map(([name]) => name);
  return bad.length === 0
    ? []
    : [
        `${bad.length} of ${grads.size} results hold NaN or infinity: ${bad.slice(0, 3).join(", ")}${bad.length > 3 ? ", …" : ""}; try --dtype float64`,
      ];
}
