import { activationSchema } from "../nn/layers/activation.js";
import type { Activation } from "../nn/layers/activation.js";
import { phaseText } from "../report/phase-text.js";
import { phaseJson } from "../study/phase-record.js";
import { LEAST_DEPTH, defaultSigmaW2, evenly, phase } from "../study/phase.js";
import { IsogradError } from "../util/errors.js";
import { commandLine } from "./command-line.js";
import { RUNTIME, integer, text, wrong } from "./options.js";
import { colourful, outputsOf, writeOutputs } from "./outputs.js";
import { TRIAL_OPTIONS, withTrials } from "./trials.js";
import { terminalColumns } from "./terminal.js";
import type { Given, Verb } from "./verb.js";

/** `isograd phase`: the order-to-chaos phase diagram of an activation, measured over theory. */
export const verb: Verb = {
  options: {
    activation: { value: "NAME", help: "φ by name, or JSON as in a network's spec (default: tanh)" },
    "sigma-w2": { value: "LOW:HIGH", help: "σ_w², the weights' variance times the width (default: around the critical line)" },
    "sigma-b2": { value: "LOW:HIGH", help: "σ_b², the biases' variance (default: 0:1)" },
    grid: { value: "WxH", help: "points along σ_w² and along σ_b² (default: 10x9)" },
    depth: { value: "L", help: "layers; the last two thirds are measured (default: 30)" },
    width: { value: "N", help: "units in each layer (default: 128)" },
    seeds: { value: "N", help: "networks at every point (default: 16)" },
    html: { value: "F", help: "write one self-contained page" },
    json: { value: "F", help: "write the record (isograd/phase/1); - for standard output" },
    ...TRIAL_OPTIONS,
    runtime: RUNTIME,
    "max-memory": { value: "GIB", help: "refuse networks that would need more (default: 75 % of what is free)" },
  },
  run: runPhase,
};

/** Points along an axis. */
const MOST = 60;

async function runPhase(args: readonly string[], given: Given): Promise<number> {
  if (args.length > 0) throw new IsogradError("usage/option", `phase takes no "${args[0]!}"`, { fix: "npx isograd phase --activation tanh" });
  const activation = activationOf(given);
  const [columns, rows] = gridOf(given);
  const weights = range(given, "sigma-w2");
  const request = {
    activation,
    depth: integer(given, "depth", LEAST_DEPTH) ?? 30,
    width: integer(given, "width", 1) ?? 128,
    seeds: integer(given, "seeds", 2) ?? 16,
    sigmaW2: weights === undefined ? defaultSigmaW2(activation, columns) : evenly(weights, columns),
    sigmaB2: evenly(range(given, "sigma-b2") ?? [0, 1], rows),
  };
  const outputs = outputsOf(given);
  return withTrials(given, async (trials, print) => {
    const record = { ...(await phase(request, trials)), command: commandLine("phase", args, given) };
    await writeOutputs(
      outputs,
      { html: async () => (await import("../report/phase-page.js")).phasePage(record), json: () => phaseJson(record) },
      print,
    );
    if (outputs.json !== "-") print(phaseText(record, { colour: colourful(), width: terminalColumns() }));
    return 0;
  });
}

function activationOf(given: Given): Activation {
  const words = text(given, "activation") ?? "tanh";
  if (!words.trimStart().startsWith("{")) return words as Activation;
  let value: unknown;
  try {
    value = JSON.parse(words);
  } catch {
    return wrong("activation", words, 'a name, or JSON such as {"name": "leaky", "alpha": 0.2}');
  }
  const parsed = activationSchema.safeParse(value);
  return parsed.success ? parsed.data : wrong("activation", words, activationSchema.description ?? "an activation");
}

/** Reads `LOW:HIGH`, neither of them negative. */
function range(given: Given, key: string): readonly [number, number] | undefined {
  const words = text(given, key);
  if (words === undefined) return undefined;
  const m = /^([\d.]+(?:e-?\d+)?):([\d.]+(?:e-?\d+)?)$/i.exec(words.trim());
  const [low, high] = [Number(m?.[1]), Number(m?.[2])];
  return Number.isFinite(low) && Number.isFinite(high) && low < high
    ? [low, high]
    : wrong(key, words, "LOW:HIGH, two numbers that rise, such as 0:1");
}

function gridOf(given: Given): readonly [number, number] {
  const words = text(given, "grid") ?? "10x9";
  const m = /^(\d+)[x×](\d+)$/.exec(words);
  const [w, h] = [Number(m?.[1]), Number(m?.[2])];
  const fits = (n: number): boolean => n >= 2 && n <= MOST;
  return fits(w) && fits(h) ? [w, h] : wrong("grid", words, `WxH, each from 2 to ${MOST}, such as 10x8`);
}
