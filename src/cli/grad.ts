import { readModel, readTensors, refuseUnwritable, writeAll } from "../io/files.js";
import { writeSafetensors } from "../io/safetensors.js";
import { writeOnnx } from "../onnx/write.js";
import { gradientTable } from "../report/gradient-table.js";
import { grad } from "../study/grad.js";
import { IsogradError, printable } from "../util/errors.js";
import { COMMON, dtypeOption, integer, lossOption, networkOptions, runtimeOption, text } from "./options.js";
import { progress } from "./progress.js";
import { terminalColumns } from "./terminal.js";
import type { Given, Verb } from "./verb.js";

/** `isograd grad`: the exact gradient of every parameter of a network file. */
export const verb: Verb = {
  options: {
    batch: { value: "B.safetensors", help: "every input under its ONNX name, and labels (int64) or target" },
    out: { value: "G.safetensors", help: "where to write: each parameter's gradient under its name, and loss" },
    loss: { value: "KIND", help: "cross-entropy|mse|sum|output:NAME (default: cross-entropy with labels, mse with target)" },
    dtype: { value: "float32|float64", help: "arithmetic and result (default: float32)" },
    "train-norm": { help: "run every BatchNormalization with the statistics of the batch (default: as the file says)" },
    emit: { value: "GRAD.onnx", help: "also write the gradient graph as an ONNX file of standard ops" },
    quiet: { help: "do not print the table" },
    ...COMMON,
  },
  run: runGrad,
};

async function runGrad(args: readonly string[], given: Given): Promise<number> {
  const [path, ...extra] = args;
  const [batchPath, out, emit] = [text(given, "batch"), text(given, "out"), text(given, "emit")];
  if (path === undefined || extra.length > 0)
    throw new IsogradError("usage/option", "grad takes one network file", {
      fix: "npx isograd grad MODEL.onnx --batch B.safetensors --out G.safetensors",
    });
  if (batchPath === undefined)
    throw new IsogradError("usage/option", "grad needs a batch", { fix: "give --batch B.safetensors with every input, and labels or target" });
  if (out === undefined && emit === undefined)
    throw new IsogradError("usage/option", "grad needs a file for its result", { fix: "give --out G.safetensors" });
  if (out !== undefined) refuseUnwritable(out, [path, batchPath]);
  if (emit !== undefined) refuseUnwritable(emit, [path, batchPath, ...(out === undefined ? [] : [out])]);
  integer(given, "seed"); // nothing is drawn here; a wrong value is still an error
  const options = { ...networkOptions(given), dtype: dtypeOption(given), trainNorm: given["train-norm"] === true };
  const loss = lossOption(given);
  if (loss === "none")
    throw new IsogradError("loss/kind", "a gradient needs a loss", { expected: "cross-entropy, mse, sum or output:NAME", received: "none" });
  const open = runtimeOption(given);
  const show = progress(process.stderr);
  show.say(`reading ${path}`);
  const model = readModel(path, options.memoryLimit);
  const batch = readTensors(batchPath, options.memoryLimit);
  const runtime = await open();
  try {
    const record = await grad(model, { ...options, batch, loss, runtime, onProgress: show.say });
    show.end();
    // Written only now: while nothing is on disk, an interrupt ends the run at once.
    await writeAll([
      ...(out === undefined ? [] : [[out, writeSafetensors(record.tensors, { producer: "isograd", runtime: runtime.name })] as const]),
      ...(emit === undefined ? [] : [[emit, [writeOnnx(record.graph)]] as const]),
    ]);
    // A command that fails says one sentence and no more.
    for (const w of [...(emit === undefined ? [] : record.renamed), ...record.warnings]) process.stderr.write(`isograd: warning: ${printable(w)}\n`);
    if (given["quiet"] !== true) process.stdout.write(gradientTable(record, terminalColumns()));
  } finally {
    show.end();
    await runtime.close();
  }
  return 0;
}
