import { lossOutput } from "../autodiff/loss.js";
import { blockName } from "../structure/block-site.js";
import { mainOutput } from "../graph/graph.js";
import type { Model } from "../graph/graph.js";
import { parametersOf } from "../passes/parameters.js";
import { structureOf } from "../structure/structure.js";
import type { Block, Structure } from "../structure/types.js";
import type { CutPrediction } from "../theory/predicted-profile.js";
import { propagate } from "../theory/propagate.js";
import { bindFreely } from "../data/drawn-inputs.js";
import { requireModel } from "./given.js";
import { ATTENDED_FIELDS, NETWORK_FIELDS, bindOptions, outputChoices, progressOf } from "./network-options.js";
import type { Attended, NetworkOptions } from "./network-options.js";
import { requireOptions } from "./option-fields.js";
import type { OptionFields } from "./option-fields.js";
import type { PredictedBlock, PredictionRecord, WithoutLaw } from "./prediction-record.js";

/** How to predict. */
export interface PredictionOptions extends Pick<NetworkOptions, "dims" | "set" | "output" | "memoryLimit" | "maxNodes">, Attended {}

const { dims, set, output, memoryLimit, maxNodes } = NETWORK_FIELDS;
const FIELDS: OptionFields<PredictionOptions> = { ...ATTENDED_FIELDS, dims, set, output, memoryLimit, maxNodes };

/**
 * Predicts the gradients of a network by theory: mean-field moments are carried through its graph op by op, block by block. Nothing is run; between its steps the event loop continues. Errors: those of binding
 * (`bind/…`, `op/unsupported`, `memory/limit`).
 */
export async function predict(model: Model, options: PredictionOptions = {}): Promise<PredictionRecord> {
  requireModel(model, "predict");
  requireOptions("predict", options, FIELDS);
  const { output } = options;
  const tell = progressOf(options);
  const next = async (what: string): Promise<void> => {
    tell(what);
    await new Promise((resolve) => setTimeout(resolve, 0));
    options.signal?.throwIfAborted();
  };
  await next("binding");
  const { bound, choices } = bindFreely(model, { ...bindOptions(options), outputs: [output ?? mainOutput(model)] });
  await next("finding the structure");
  const structure = structureOf(bound, lossOutput(bound, output));
  await next("propagating moments");
  const p = propagate(bound, structure);
  const blocks = structure.blocks.map((b) => predicted(b, structure, p.cuts));
  const body = blocks.filter((b) => b.role === "body");
  const gains = body.flatMap((b) => (b.lnGain === null ? [] : [b.lnGain]));
  const ln = gains.length === 0 ? null : gains.reduce((a, b) => a + b, 0);
  const parameters = parametersOf(bound, structure.target).reduce((n, q) => n + q.value.data.length, 0);
  return {
    schema: "isograd/predict/1",
    model: { name: model.name, nodes: model.graph.nodes.length, parameters, opset: model.opset, producer: model.producer },
    settings: [...choices, ...outputChoices(model, output)],
    growth: {
      ln,
      perBlock: ln === null ? null : Math.exp(ln / gains.length),
      blocks: body.length,
      known: gains.length,
      sd: Math.sqrt(p.variance),
    },
    cuts: p.cuts,
    blocks,
    without: tally(p.breaks),
    assumptions: p.assumptions,
    source: p.source,
  };
}

function predicted(block: Block, structure: Structure, cuts: readonly CutPrediction[]): PredictedBlock {
  const [from, to] = [cuts[block.from]!, cuts[block.to]!];
  const reached = from.lnGradientSquare !== null && to.lnGradientSquare !== null && from.segment === to.segment;
  return {
    name: blockName(structure, block),
    from: from.name,
    to: to.name,
    kind: block.kind,
    skip: block.skip,
    role: block.role,
    lnGain: reached ? from.lnGradientSquare - to.lnGradientSquare : null,
    lnMeanSquare: to.lnMeanSquare,
  };
}

function tally(breaks: readonly { readonly node: string; readonly op: string; readonly reason: string }[]): readonly WithoutLaw[] {
  const found = new Map<string, WithoutLaw>();
  for (const b of breaks) {
    const key = `${b.op} ${b.reason}`;
    const known = found.get(key);
    found.set(key, known ? { ...known, count: known.count + 1 } : { ...b, count: 1 });
  }
  return [...found.values()];
}
