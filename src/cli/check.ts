import type { Model } from "../graph/graph.js";
import { readModel, readTensors, refuseUnwritable, writeAll } from "../io/files.js";
import { withWeights } from "../passes/weights.js";
import type { CheckRecord } from "../study/check-record.js";
import { toJson } from "../study/check-schema.js";
import { checkUp } from "../study/check.js";
import type { CheckOptions } from "../study/check.js";
import { comparePage, checkPage } from "../report/html.js";
import { checkText, compareText } from "../report/terminal.js";
import { openRuntime } from "../runtime/select.js";
import { IsogradError } from "../util/errors.js";
import { commandLine } from "./command-line.js";
import { COMMON, choice, dims, fixedInputs, integer, lossOption, memoryLimit, nodeLimit, positive, runtimeName } from "./options.js";
import { progress } from "./progress.js";
import type { Given, Verb } from "./verb.js";

/** `isograd check`: where the gradients of a network file vanish or explode, at what rate, why, and what is usually done. */
export const check: Verb = {
  name: "check",
  args: "MODEL.onnx [MODEL2.onnx]",
  summary: "Where gradients vanish or explode, at what rate, why, and what is usually done.",
  options: {
    batch: {
      value: "B.safetensors",
      help: "every input under its ONNX name, and labels or target (default: drawn); may be repeated",
      multiple: true,
    },
    weights: { value: "CKPT.safetensors", help: "weights to put into the network's initializers first" },
    loss: { value: "KIND", help: "cross-entropy|mse|sum|output:NAME|none (default: by what the batch holds)" },
    lr: { value: "L", help: "a learning rate to hold against the curvature of the loss" },
    "loss-scale": { value: "S", help: "the loss scale that you train with, to judge half precision by" },
    dtype: { value: "float32|float64", help: "arithmetic (default: float32)" },
    html: { value: "F", help: "write one self-contained page" },
    json: { value: "F", help: "write the record (isograd/check/1); - for standard output" },
    table: { help: "also print every cut of the trunk and every parameter" },
    ...COMMON,
  },
  run: runCheck,
};

async function runCheck(args: readonly string[], given: Given): Promise<number> {
  if (args.length < 1 || args.length > 2) {
    throw new IsogradError("usage/option", "check takes one network file, or two to compare", { fix: "isograd check MODEL.onnx" });
  }
  const batchPaths = (given["batch"] ?? []) as readonly string[];
  const [html, json] = [given["html"] as string | undefined, given["json"] as string | undefined];
  const outs = [html, json === "-" ? undefined : json].filter((f) => f !== undefined);
  const inputs = [...args, ...batchPaths, given["weights"]].filter((f) => typeof f === "string");
  outs.forEach((file, i) => refuseUnwritable(file, [...inputs, ...outs.slice(0, i)]));
  const limit = memoryLimit(given);
  const weightsPath = given["weights"] as string | undefined;
  const loss = lossOption(given);
  const [seed, dropoutSeed, learningRate, lossScale] = [
    integer(given, "seed"),
    integer(given, "dropout"),
    positive(given, "lr"),
    positive(given, "loss-scale"),
  ];
  const dtype = choice(given, "dtype", ["float32", "float64"] as const, "float32");
  const runtimeChoice = runtimeName(given);
  const options: Omit<CheckOptions, "runtime"> = {
    dims: dims(given),
    set: fixedInputs(given),
    dtype,
    memoryLimit: limit,
    maxNodes: nodeLimit(),
    ...(batchPaths.length === 0 ? {} : { batches: batchPaths.map((path) => readTensors(path, limit)) }),
    ...(loss === undefined ? {} : { loss }),
    ...(given["output"] === undefined ? {} : { output: given["output"] as string }),
    ...(seed === undefined ? {} : { seed }),
    ...(dropoutSeed === undefined ? {} : { dropoutSeed }),
    ...(learningRate === undefined ? {} : { learningRate }),
    ...(lossScale === undefined ? {} : { lossScale }),
  };
  const weights = weightsPath === undefined ? undefined : readTensors(weightsPath, limit);
  const read = args.map((path): Model => {
    const model = readModel(path, limit);
    return weights ? withWeights(model, weights).model : model;
  });
  // Two files of one name are told apart by their paths.
  const models = new Set(read.map((m) => m.name)).size < read.length ? read.map((m, i) => ({ ...m, name: args[i]! })) : read;
  const command = commandLine("check", args, given);
  const show = progress(process.stderr);
  const runtime = await openRuntime(runtimeChoice, { lowMemory: given["low-memory"] === true });
  const records: CheckRecord[] = [];
  try {
    for (const model of models) {
      const onProgress = (what: string): void => show.say(models.length > 1 ? `${model.name}: ${what}` : what);
      records.push({ ...(await checkUp(model, { ...options, runtime, onProgress })), command });
    }
  } finally {
    show.end();
    await runtime.close();
  }
  await write(records, html, json);
  if (json !== "-") process.stdout.write(textOf(records, given));
  return records.every((r) => r.verdict === "healthy" && r.findings.every((f) => f.severity === "info")) ? 0 : 1;
}

function textOf(records: readonly CheckRecord[], given: Given): string {
  const colour = process.stdout.isTTY && process.env["NO_COLOR"] === undefined;
  const terminal = { colour, width: process.stdout.columns ?? 80, table: given["table"] === true };
  const [first, second] = records as [CheckRecord, CheckRecord?];
  return second ? compareText(first, second, terminal) : checkText(first, terminal);
}

/** Writes page and record, both or neither. */
async function write(records: readonly CheckRecord[], html: string | undefined, json: string | undefined): Promise<void> {
  const utf8 = new TextEncoder();
  const [first, second] = records as [CheckRecord, CheckRecord?];
  const text = second ? `[${toJson(first)},${toJson(second)}]\n` : `${toJson(first)}\n`;
  const files: [string, Uint8Array[]][] = [];
  if (html !== undefined) files.push([html, [utf8.encode(second ? comparePage(first, second) : checkPage(first))]]);
  if (json !== undefined && json !== "-") files.push([json, [utf8.encode(text)]]);
  await writeAll(files);
  if (json === "-") process.stdout.write(text);
}
