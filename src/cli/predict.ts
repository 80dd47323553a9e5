import type { Model } from "../graph/graph.js";
import { readModel, refuseUnwritable, writeAll } from "../io/files.js";
import { buildNet } from "../nn/build.js";
import { withNonFinite } from "../util/json.js";
import { predictionRecord } from "../study/prediction-record.js";
import { predictionText } from "../report/prediction-text.js";
import { IsogradError } from "../util/errors.js";
import { commandLine } from "./command-line.js";
import { COMMON, dims, fixedInputs, integer, memoryLimit, nodeLimit } from "./options.js";
import { givenSpec } from "./spec-file.js";
import type { Given, Verb } from "./verb.js";

/** `isograd predict`: what theory says of a network before anything is run. */
export const predict: Verb = {
  name: "predict",
  args: "SPEC [FIELD=VALUE …] | MODEL.onnx",
  summary: "What theory says of the gradients of a network, block by block; nothing is run.",
  options: {
    json: { value: "F", help: "write the record (isograd/predict/1); - for standard output" },
    seed: { value: "N", help: "seed of the weights of a spec (default: the spec's, else 0)" },
    bind: COMMON["bind"]!,
    set: COMMON["set"]!,
    output: { value: "NAME", help: "the output that gradients come from (default: the first)" },
    "max-memory": { value: "GIB", help: "refuse networks that would need more (default: 75 % of what is free)" },
  },
  run: runPredict,
};

async function runPredict(args: readonly string[], given: Given): Promise<number> {
  const [first] = args;
  if (first === undefined)
    throw new IsogradError("usage/option", "predict takes a network: a spec or an ONNX file", {
      fix: "isograd predict residual-mlp depth=50, or isograd predict MODEL.onnx",
    });
  const json = given["json"] as string | undefined;
  const memory = memoryLimit(given);
  const { model, file } = networkOf(args, given, memory);
  if (json !== undefined && json !== "-") refuseUnwritable(json, file === undefined ? [] : [file]);
  const record = {
    ...predictionRecord(model, {
      dims: dims(given),
      set: fixedInputs(given),
      memoryLimit: memory,
      maxNodes: nodeLimit(),
      ...(given["output"] === undefined ? {} : { output: given["output"] as string }),
    }),
    command: commandLine("predict", args, given),
  };
  const text = `${JSON.stringify(record, withNonFinite, 2)}\n`;
  if (json !== undefined && json !== "-") await writeAll([[json, [new TextEncoder().encode(text)]]]);
  process.stdout.write(json === "-" ? text : predictionText(record));
  return 0;
}

/** The network of a file, or of a spec. */
function networkOf(args: readonly string[], given: Given, memory: number): { readonly model: Model; readonly file: string | undefined } {
  const [first] = args as readonly [string];
  if (/\.onnx$/i.test(first)) {
    if (args.length > 1)
      throw new IsogradError("usage/option", `a file has no fields: "${args[1]!}" cannot be set`, { fix: "give fields with a spec" });
    if (given["seed"] !== undefined) throw new IsogradError("usage/option", "--seed is for specs: the weights of a file are drawn already");
    return { model: readModel(first, memory), file: first };
  }
  const { spec, file } = givenSpec(args);
  const seed = integer(given, "seed", Number.MIN_SAFE_INTEGER);
  return { model: buildNet(seed === undefined ? spec : { ...spec, seed }, { maxBytes: memory / 3 }), file };
}
