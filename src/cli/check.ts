import { readModel, readTensors } from "../io/files.js";
import { readWeights, splitWeightsPath } from "../io/weights-file.js";
import { isQuiet } from "../study/accept.js";
import { checkJson } from "../study/check-record.js";
import type { CheckRecord } from "../study/check-record.js";
import { check } from "../study/check.js";
import type { CheckOptions } from "../study/check.js";
import { loadWeights } from "../study/weights.js";
import { checkText } from "../report/check-text.js";
import { compareText } from "../report/compare-text.js";
import { IsogradError } from "../util/errors.js";
import { acceptedOf } from "./accepted.js";
import { commandLine } from "./command-line.js";
import { COMMON, dtypeOption, integer, list, lossOption, networkOptions, positive, runtimeOption, text } from "./options.js";
import { colourful, outputsOf, writeOutputs } from "./outputs.js";
import { progress } from "./progress.js";
import { terminalColumns } from "./terminal.js";
import type { Given, Verb } from "./verb.js";

/** `isograd check`: where the gradients of a network file vanish or explode, at what rate, why, and what is usually done. */
export const verb: Verb = {
  options: {
    batch: {
      value: "B.safetensors",
      help: "every input under its ONNX name, and labels or target (default: drawn); may be repeated",
      multiple: true,
    },
    weights: {
      value: "CKPT[#PART]",
      help: "weights to put into the network's initializers first: safetensors, an index of shards, a checkpoint of PyTorch; #state_dict_ema, say, takes that part",
    },
    loss: { value: "KIND", help: "cross-entropy|mse|sum|output:NAME|none (default: by what the batch holds)" },
    lr: { value: "L", help: "a learning rate to compare with the curvature of the loss" },
    "loss-scale": { value: "S", help: "the loss scale that you train with, to judge half precision by" },
    dtype: { value: "float32|float64", help: "arithmetic (default: float32)" },
    ignore: {
      value: "RULE[@SITE],…",
      help: "findings that you accept, in all or at one place: listed, and not counted for the exit code; also in an isograd.json",
      multiple: true,
    },
    html: { value: "F", help: "write one self-contained page" },
    json: { value: "F", help: "write the record (isograd/check/1); - for standard output" },
    table: { help: "also print every cut of the trunk and every parameter" },
    ...COMMON,
  },
  run: runCheck,
};

async function runCheck(args: readonly string[], given: Given): Promise<number> {
  if (args.length < 1 || args.length > 2) {
    throw new IsogradError("usage/option", "check takes one network file, or two to compare", { fix: "npx isograd check MODEL.onnx" });
  }
  const [batchPaths, weightsOption] = [list(given, "batch"), text(given, "weights")];
  const weightsFile = weightsOption === undefined ? undefined : splitWeightsPath(weightsOption);
  const ignored = args.map((path) => acceptedOf(path, given));
  const outputs = outputsOf(given, [...args, ...batchPaths, weightsFile?.path]);
  const network = networkOptions(given);
  const limit = network.memoryLimit;
  const options: Omit<CheckOptions, "runtime" | "batches"> = {
    ...network,
    dtype: dtypeOption(given),
    loss: lossOption(given),
    seed: integer(given, "seed"),
    learningRate: positive(given, "lr"),
    lossScale: positive(given, "loss-scale"),
  };
  const open = runtimeOption(given);
  const batches = batchPaths.length === 0 ? undefined : batchPaths.map((path) => readTensors(path, limit));
  const show = progress(process.stderr);
  const weights = weightsFile && readWeights(weightsFile.path, { part: weightsFile.part, maxBytes: limit });
  const read = args.map((path) => {
    show.say(`reading ${path}`);
    return readModel(path, limit);
  });
  // Two files of one name are told apart by their paths.
  const named = new Set(read.map((m) => m.name)).size < read.length ? read.map((m, i) => ({ ...m, name: args[i]! })) : read;
  const models = named.map((model) => (weights ? loadWeights(model, weights) : { model, settings: [] }));
  const command = commandLine("check", args, given);
  const runtime = await open();
  const records: CheckRecord[] = [];
  try {
    for (const [i, { model, settings }] of models.entries()) {
      const onProgress = (what: string): void => show.say(models.length > 1 ? `${model.name}: ${what}` : what);
      const record = await check(model, { ...options, ignore: ignored[i], batches, runtime, onProgress });
      records.push({ ...record, settings: [...settings, ...record.settings], command });
    }
  } finally {
    show.end();
    await runtime.close();
  }
  const [first, second] = records as [CheckRecord, CheckRecord?];
  await writeOutputs(outputs, {
    html: async () =>
      second ? (await import("../report/compare-page.js")).comparePage(first, second) : (await import("../report/check-page.js")).checkPage(first),
    json: () => (second ? `[${checkJson(first)},${checkJson(second)}]\n` : `${checkJson(first)}\n`),
  });
  if (outputs.json !== "-") {
    const terminal = { colour: colourful(), width: terminalColumns() ?? 80, table: given["table"] === true };
    process.stdout.write(second ? compareText(first, second, terminal) : checkText(first, terminal));
  }
  return records.every(isQuiet) ? 0 : 1;
}
