import { join } from "node:path";
import { exampleShape } from "../data/example-shape.js";
import { dataWords, openData } from "../data/open-data.js";
import { scoredBy } from "../data/parts.js";
import { readBytes, refuseUnwritable, writeAll } from "../io/files.js";
import { trainText } from "../report/train-text.js";
import { RUN_FILES } from "../train/keeper.js";
import type { RunIdentity } from "../train/keeper.js";
import { suitedTo } from "../nn/suited.js";
import { identityIn, runFolder } from "../train/run-folder.js";
import { emitted } from "../study/emit.js";
import { trainFromJson, trainJson } from "../study/train-record.js";
import type { Beside } from "../report/train-run.js";
import { train } from "../study/train.js";
import type { TrainOptions } from "../study/train.js";
import { IsogradError, printable } from "../util/errors.js";
import { commandLine } from "./command-line.js";
import { nodeDataHost } from "../data/node-host.js";
import { givenNetwork } from "./given-network.js";
import { lossLine } from "./loss-line.js";
import { COMMON, integer, lossOption, memoryLimit, names, networkOptions, positive, runtimeOption, text, wrong } from "./options.js";
import { colourful, outputsOf, writeOutputs } from "./outputs.js";
import { progress } from "./progress.js";
import { terminalColumns } from "./terminal.js";
import type { Given, Verb } from "./verb.js";

const OUT = "isograd-run";
const { dropout: _, "low-memory": _low, seed: _seed, ...NETWORK } = COMMON;

/** `isograd train`: trains a network on data, with its gradient watched at every depth. */
export const verb: Verb = {
  options: {
    data: { value: "D", help: dataWords().join(", ") },
    loss: { value: "KIND", help: "cross-entropy|mse|sum|output:NAME (default: cross-entropy with labels, mse with a target)" },
    optimizer: { value: "NAME", help: "sgd|momentum|nesterov|adam|adamw|rmsprop|lion (default: momentum)" },
    lr: { value: "L", help: "learning rate (default: .1 sgd, .05 momentum and nesterov, .001 adam, adamw, rmsprop, .0001 lion)" },
    momentum: { value: "M", help: "of momentum and nesterov (default: .9)" },
    "weight-decay": { value: "W", help: "of parameters with two dimensions or more (default: 0)" },
    schedule: { value: "NAME", help: "constant|step|cosine|one-cycle (default: constant)" },
    warmup: { value: "N", help: "steps over which the rate rises from zero (default: 0)" },
    clip: { value: "RULE:C", help: "value:C|norm:C|layer:C|agc:C" },
    standardise: { help: "standardise the inputs by the mean and deviation of the training examples" },
    augment: {
      value: "flip,crop",
      multiple: true,
      help: "change training images by chance: flip turns half of them over, crop moves them by up to 4 pixels",
    },
    val: { value: "FILE|SHARE|none", help: "what the network is scored by (default: the test set, where the data has one)" },
    "batch-size": { value: "B|all", help: "examples of a step (default: 128); all: every step takes all, in their order" },
    steps: { value: "N", help: "steps of the run" },
    epochs: { value: "N", help: "or passes through the data (default: 10)" },
    out: { value: "DIR", help: `folder of the run (default: ./${OUT})` },
    resume: { value: "DIR", help: "go on with the run in this folder; the other options may be left out" },
    emit: { value: "STEP.onnx", help: "write one step of training as an ONNX graph, state in and out, and train nothing" },
    "emit-state": {
      value: "STATE.safetensors",
      help: "write the state of --emit there, and not into STEP.onnx: onnxruntime for JavaScript takes no value for an input with a default",
    },
    overfit: { value: "N", help: "train on the first N examples until they are learned by heart" },
    profiles: { value: "N", help: "how many times the gradient at every depth is measured (default: 20)" },
    html: { value: "F", help: "write one self-contained page" },
    beside: { value: "DIR", help: "show the run in this folder beside this one, on the page and in the text" },
    json: { value: "F", help: "write the record (isograd/train/1); - for standard output" },
    ...NETWORK,
    seed: { value: "N", help: "seed of the order of examples, of augmentation and of dropout (default: 1)" },
  },
  run: runTrain,
};

async function runTrain(args: readonly string[], typed: Given): Promise<number> {
  const resume = text(typed, "resume");
  const before = resume === undefined ? undefined : identityIn(resume);
  const { words, given } = resumed(args, typed, before);
  if (words.length === 0)
    throw new IsogradError("usage/option", "train takes a network: a spec or an ONNX file", { fix: "npx isograd train MODEL.onnx --data digits" });
  const data = text(given, "data");
  if (data === undefined)
    throw new IsogradError("usage/option", "train needs data", { fix: "give --data digits, or --data with a file of your own" });
  if (resume !== undefined && text(typed, "out") !== undefined)
    throw new IsogradError("usage/option", "--resume goes on in its own folder", { fix: "leave --out away" });
  const dir = resume ?? text(given, "out") ?? OUT;
  const limit = memoryLimit(given);
  const emit = text(given, "emit");
  const { dropoutSeed: _d, trainNorm: _t, ...network } = networkOptions(given);
  const loss = lossOption(given);
  if (loss === "none")
    throw new IsogradError("loss/kind", "training needs a loss", { expected: "cross-entropy, mse, sum or output:NAME", received: "none" });
  const host = nodeDataHost(limit);
  const seed = integer(given, "seed", Number.MIN_SAFE_INTEGER);
  const opened = openData(data, host, seed ?? 1);
  const { model, file } = givenNetwork(words, given, { seeded: false, suited: (spec) => suitedTo(spec, exampleShape(opened)) });
  const outputs = outputsOf(given, [file]);
  const beside = besideOf(given);
  const emitState = text(given, "emit-state");
  if (emitState !== undefined && emit === undefined)
    throw new IsogradError("usage/option", "--emit-state goes with --emit", { fix: "give --emit STEP.onnx too" });
  if (emitState !== undefined)
    refuseUnwritable(
      emitState,
      [file, emit].filter((f) => f !== undefined),
    );
  if (emit !== undefined)
    refuseUnwritable(
      emit,
      [file, outputs.html, outputs.json].filter((f) => f !== undefined),
    );
  const options: Omit<TrainOptions, "runtime" | "data"> = {
    ...network,
    loss,
    optimizer: text(given, "optimizer"),
    lr: positive(given, "lr"),
    momentum: decimal(given, "momentum"),
    weightDecay: decimal(given, "weight-decay"),
    schedule: text(given, "schedule"),
    warmup: integer(given, "warmup"),
    clip: text(given, "clip"),
    batchSize: text(given, "batch-size") === "all" ? "all" : integer(given, "batch-size", 1),
    steps: integer(given, "steps", 1),
    epochs: integer(given, "epochs", 1),
    standardise: given["standardise"] === true,
    augment: names(given, "augment"),
    overfit: integer(given, "overfit", 1),
    profiles: integer(given, "profiles"),
    seed,
  };
  const validated = validationOf(given, opened, (path) => openData(path, host, seed ?? 1));
  const open = runtimeOption(given);
  if (emit !== undefined) {
    const { bytes, state, renamed } = emitted(model, { ...options, ...validated }, { defaults: emitState === undefined });
    await writeAll([[emit, [bytes]], ...(emitState === undefined ? [] : [[emitState, state] as const])]);
    for (const line of renamed) process.stderr.write(`isograd: warning: ${printable(line)}\n`);
    return 0;
  }
  const keeper = runFolder(dir, { resume: resume !== undefined });
  const show = progress(process.stderr);
  const spark = lossLine(process.stderr);
  const runtime = await open();
  const interrupt = interrupted();
  try {
    const record = await train(model, {
      ...options,
      ...validated,
      runtime,
      keeper,
      interrupt: interrupt.signal,
      described: Object.fromEntries(Object.entries(given).filter(([key]) => !ELSEWHERE.includes(key) && !RECIPE.includes(key))),
      asked: { words, given: remembered(given) },
      onSteps: ({ loss }) => spark.add(loss),
      onProgress: (what) => show.say(spark.behind(what)),
    });
    const whole = { ...record, command: commandLine("train", args, typed) };
    show.end();
    const replay = replayOf(dir, given);
    await keeper.files(new Map([[RUN_FILES.record, [new TextEncoder().encode(trainJson(whole))]]]));
    await writeOutputs(outputs, {
      html: async () => (await import("../report/train-page.js")).trainPage(whole, { beside, name: dir, replay }),
      json: () => trainJson(whole),
    });
    if (outputs.json !== "-") process.stdout.write(trainText(whole, { colour: colourful(), width: terminalColumns() ?? 80, dir, replay, beside }));
    return record.diverged !== null || record.overfit?.learned === false ? 1 : 0;
  } catch (error) {
    if (!interrupt.signal.aborted || error !== interrupt.signal.reason) throw error;
    show.end();
    process.stderr.write(`isograd: interrupted; go on with npx isograd train --resume ${dir}\n`);
    return INTERRUPTED;
  } finally {
    interrupt.release();
    show.end();
    await runtime.close();
  }
}

/** Reads the record of the run that is shown beside this one. Error `file/read`. */
function besideOf(given: Given): Beside | undefined {
  const dir = text(given, "beside");
  return dir === undefined ? undefined : { name: dir, record: trainFromJson(new TextDecoder().decode(readBytes(join(dir, RUN_FILES.record)))) };
}

/** Options of a run that a check-up of its failed step takes, too. */
const NETWORK_OPTIONS = ["set", "bind", "output", "loss", "trainable", "frozen"];

/** The command that checks the step that failed. */
const replayOf = (dir: string, given: Given): string =>
  commandLine("check", [`${dir}/${RUN_FILES.failure.model}`], {
    batch: [`${dir}/${RUN_FILES.failure.batch}`],
    ...Object.fromEntries(Object.entries(given).filter(([key]) => NETWORK_OPTIONS.includes(key))),
  });

/** The exit code of a run that was interrupted. */
const INTERRUPTED = 130;

/** Returns a signal that the first Ctrl-C aborts; the second ends the process at once. */
function interrupted(): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const stop = (): void => controller.abort(new Error("interrupted"));
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, stop);
  return {
    signal: controller.signal,
    release: () => {
      for (const name of ["SIGINT", "SIGTERM"] as const) process.off(name, stop);
    },
  };
}

/** Options that say where results go, and not what the run is. */
const ELSEWHERE = ["out", "resume", "emit", "emit-state", "json", "html", "beside", "max-memory", "runtime"];

/** Options that the recipe of a run has, every choice made. */
const RECIPE = [
  "optimizer",
  "lr",
  "momentum",
  "weight-decay",
  "schedule",
  "warmup",
  "clip",
  "batch-size",
  "steps",
  "epochs",
  "standardise",
  "augment",
  "seed",
];

/** The options that a run is resumed with. */
const remembered = (given: Given): Given => Object.fromEntries(Object.entries(given).filter(([key]) => !ELSEWHERE.includes(key)));

/** The words and options of a run that goes on: those that it began with, as far as none are given. */
function resumed(
  args: readonly string[],
  given: Given,
  before: RunIdentity | undefined,
): { readonly words: readonly string[]; readonly given: Given } {
  if (before === undefined) return { words: args, given };
  const { words, given: first } = before.asked as { readonly words: readonly string[]; readonly given: Given };
  return { words: args.length > 0 ? args : words, given: { ...first, ...given } };
}

/** Reads a number of at least 0. */
function decimal(given: Given, key: string): number | undefined {
  const value = text(given, key);
  if (value === undefined) return undefined;
  const n = Number(value);
  return value.trim() !== "" && Number.isFinite(n) && n >= 0 ? n : wrong(key, value, "a number of at least 0");
}

/** Reads `--val`: another file, a share of the data, or none. */
function validationOf(
  given: Given,
  data: TrainOptions["data"],
  open: (path: string) => TrainOptions["data"],
): Pick<TrainOptions, "data" | "validation"> {
  const value = text(given, "val");
  if (value === undefined) return { data, validation: undefined };
  if (value === "none") return { data, validation: "none" };
  const share = Number(value);
  if (value.trim() !== "" && Number.isFinite(share))
    return share > 0 && share < 1 ? { data, validation: share } : wrong("val", value, "a share between 0 and 1, a file, or none");
  return { data: scoredBy(data, open(value)), validation: undefined };
}
