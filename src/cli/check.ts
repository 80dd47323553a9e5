import { readModel, readTensors } from "../io/files.js";
import { withWeights } from "../passes/weights.js";
import { isQuiet } from "../study/accept.js";
import { checkJson } from "../study/check-record.js";
import type { CheckRecord } from "../study/check-record.js";
import { check } from "../study/check.js";
import type { CheckOptions } from "../study/check.js";
import { checkText } from "../report/check-text.js";
import { compareText } from "../report/compare-text.js";
import { IsogradError } from "../util/errors.js";
import { acceptedOf } from "./accepted.js";
import { commandLine } from "./command-line.js";
import { COMMON, dtypeOption, integer, list, lossOption, networkOptions, positive, runtimeOption, text } from "./options.js";
import { colourful, outputsOf, writeOutputs } from "./outputs.js";
import { progress } from "./progress.js";
import type { Given, Verb } from "./verb.js";

/** `isograd check`: where the gradients of a network file vanish or explode, at what rate, why, and what is usually done. */
export const verb: Verb = {
  options: {
    batch: {
      value: "B.safetensors",
      help: "every input under its ONNX name, and labels or target (default: drawn); may be repeated",
      multiple: true,
    },
    weights: { value: "CKPT.safetensors", help: "weights to put into the network's initializers first" },
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
  const [batchPaths, weightsPath] = [list(given, "batch"), text(given, "weights")];
  const ignored = args.map((path) => acceptedOf(path, given));
  const outputs = outputsOf(given, [...args, ...batchPaths, weightsPath]);
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
  const weights = weightsPath === undefined ? undefined : readTensors(weightsPath, limit);
  const show = progress(process.stderr);
  const read = args.map((path) => {
    show.say(`reading ${path}`);
    const model = readModel(path, limit);
    return weights ? withWeights(model, weights).model : model;
  });
  // Two files of one name are told apart by their paths.
  const models = new Set(read.map((m) => m.name)).size < read.length ? read.map((m, i) => ({ ...m, name: args[i]! })) : read;
  const command = commandLine("check", args, given);
  const runtime = await open();
  const records: CheckRecord[] = [];
  try {
    for (const [i, model] of models.entries()) {
      const onProgress = (what: string): void => show.say(models.length > 1 ? `${model.name}: ${what}` : what);
      records.push({ ...(await check(model, { ...options, ignore: ignored[i], batches, runtime, onProgress })), command });
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
    const terminal = { colour: colourful(), width: process.stdout.columns ?? 80, table: given["table"] === true };
    process.stdout.write(second ? compareText(first, second, terminal) : checkText(first, terminal));
  }
  return records.every(isQuiet) ? 0 : 1;
}
