import { lossOutput } from "../autodiff/loss.js";
import { blockName } from "../structure/block-site.js";
import type { Model } from "../graph/graph.js";
import { parametersOf } from "../passes/parameters.js";
import { structureOf } from "../structure/structure.js";
import type { Block, Structure } from "../structure/types.js";
import { propagate } from "../theory/propagate.js";
import type { CutPrediction } from "../theory/propagate.js";
import { bindFreely } from "../data/drawn-inputs.js";
import type { BlockRow } from "./check-record.js";

/** What theory says of one block. */
export interface PredictedBlock {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly kind: BlockRow["kind"];
  readonly skip: BlockRow["skip"];
  readonly role: BlockRow["role"];
  /** ln of the factor on the squared gradient, output to input; null where no law reaches. */
  readonly lnGain: number | null;
  /** ln of the mean square of its output; null where no law reaches. */
  readonly lnMeanSquare: number | null;
}

/** An op without a law, and how many such there are. */
export interface WithoutLaw {
  readonly op: string;
  readonly reason: string;
  readonly count: number;
  /** The first of their nodes. */
  readonly node: string;
}

/** What theory predicts of a network: schema `isograd/predict/1`. Logarithms are natural; null means that no law is known. */
export interface PredictionRecord {
  readonly schema: "isograd/predict/1";
  readonly model: { readonly name: string; readonly nodes: number; readonly parameters: number; readonly opset: number; readonly producer: string };
  readonly settings: readonly { readonly what: string; readonly value: string }[];
  /** The squared gradient over the body, output to input. */
  readonly growth: {
    /** ln of the factor over all blocks of the body that a law reaches. */
    readonly ln: number | null;
    readonly perBlock: number | null;
    /** Blocks of the body, and how many of them a law reaches. */
    readonly blocks: number;
    readonly known: number;
    /** Standard deviation of ln over draws of the weights, one example: to leading order in 1/width. */
    readonly sd: number;
  };
  readonly cuts: readonly CutPrediction[];
  readonly blocks: readonly PredictedBlock[];
  readonly without: readonly WithoutLaw[];
  readonly assumptions: readonly string[];
  readonly source: string;
  readonly command?: string;
}

/** How to predict. */
export interface PredictionOptions {
  readonly dims?: Readonly<Record<string, number>>;
  readonly set?: Readonly<Record<string, number>>;
  readonly output?: string;
  readonly memoryLimit: number;
  readonly maxNodes?: number;
}

/** Theory's prediction for a network: mean-field moments carried through its graph op by op, block by block. Nothing is run. Errors: those of binding. */
export function predictionRecord(model: Model, options: PredictionOptions): PredictionRecord {
  const { dims, set = {}, output, memoryLimit, maxNodes } = options;
  const { bound, choices } = bindFreely(model, {
    set,
    maxBytes: memoryLimit,
    ...(dims ? { dims } : {}),
    ...(maxNodes === undefined ? {} : { maxNodes }),
    outputs: [output ?? model.graph.outputs[0] ?? ""],
  });
  const structure = structureOf(bound, lossOutput(bound, output));
  const p = propagate(bound, structure);
  const blocks = structure.blocks.map((b) => predicted(b, structure, p.cuts));
  const body = blocks.filter((b) => b.role === "body");
  const gains = body.flatMap((b) => (b.lnGain === null ? [] : [b.lnGain]));
  const ln = gains.length === 0 ? null : gains.reduce((a, b) => a + b, 0);
  const parameters = parametersOf(bound, structure.target).reduce((n, q) => n + q.value.data.length, 0);
  return {
    schema: "isograd/predict/1",
    model: { name: model.name, nodes: model.graph.nodes.length, parameters, opset: model.opset, producer: model.producer },
    settings: choices,
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
