import { predictionText } from "../report/prediction-text.js";
import { predict } from "../study/predict.js";
import { predictionJson } from "../study/prediction-record.js";
import { IsogradError } from "../util/errors.js";
import { commandLine } from "./command-line.js";
import { givenNetwork } from "./given-network.js";
import { COMMON, networkOptions } from "./options.js";
import { outputsOf, writeOutputs } from "./outputs.js";
import { progress } from "./progress.js";
import { terminalColumns } from "./terminal.js";
import type { Given, Verb } from "./verb.js";

/** `isograd predict`: what theory says of a network before anything is run. */
export const verb: Verb = {
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
  if (args.length === 0)
    throw new IsogradError("usage/option", "predict takes a network: a spec or an ONNX file", {
      fix: "npx isograd predict residual-mlp depth=50, or npx isograd predict MODEL.onnx",
    });
  const options = networkOptions(given);
  const { model, file } = givenNetwork(args, given, { seeded: true });
  const outputs = outputsOf(given, [file]);
  const show = progress(process.stderr);
  const predicted = await predict(model, { ...options, onProgress: (what) => show.say(what) }).finally(() => show.end());
  const record = { ...predicted, command: commandLine("predict", args, given) };
  await writeOutputs(outputs, { json: () => predictionJson(record) });
  if (outputs.json !== "-") process.stdout.write(predictionText(record, terminalColumns()));
  return 0;
}
