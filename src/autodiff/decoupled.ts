import type { GraphBuilder } from "../graph/builder.js";
import type { Graph, Node } from "../graph/graph.js";
import { IsogradError } from "../util/errors.js";
import { appendVjp } from "./vjp.js";

/** Where a network is decoupled. */
export interface DecoupledRequest {
  /** Values of the trunk between its pieces, input to output: each gets a module that predicts its gradient. */
  readonly cuts: readonly string[];
  /** The last piece's cotangent, by value: of the loss, 1. */
  readonly seeds: ReadonlyMap<string, string>;
  /** Parameters to differentiate by. */
  readonly wrt: readonly string[];
}

/** One module that predicts a gradient from an activation. */
export interface GradientModule {
  readonly at: string;
  /** Graph inputs: A [D, D] and c [D] of ŝ = x·A + c. */
  readonly weight: string;
  readonly bias: string;
  /** ŝ, and what it is trained towards: the gradient that the next piece sends back, itself made of that piece's prediction or of the loss. */
  readonly predicted: string;
  readonly target: string | undefined;
}

/** The gradients of a decoupled network. */
export interface Decoupled {
  readonly modules: readonly GradientModule[];
  /** Undefined where no gradient reaches the parameter. */
  readonly grads: ReadonlyMap<string, string | undefined>;
}

/**
 * Appends the backward passes of a network whose pieces are decoupled by synthetic gradients (Jaderberg et al. 2017): the parameters before a cut x take their
 * gradient from a linear prediction ŝ = x·A + c of ∂loss/∂x and wait for nothing behind it. Each piece's reverse walk ends at the cut before it, where it
 * gives the target of that cut's module. Features are the last axis. Error `spec/invalid` where a cut is a map.
 */
export function appendDecoupled(b: GraphBuilder, graph: Graph, { cuts, seeds, wrt }: DecoupledRequest): Decoupled {
  const forward = [...b.nodes];
  const predictions = cuts.map((at) => {
    const shape = b.shape(at);
    const size = shape[shape.length - 1];
    if (size === undefined || shape.length > 3)
      throw new IsogradError("spec/invalid", "a synthetic gradient is linear in features on the last axis", { at: [graph.name, at] });
    const { dtype } = b.type(at);
    const weight = b.input(b.fresh(`synthetic/${at}/weight`), { dtype, shape: [size, size] });
    const bias = b.input(b.fresh(`synthetic/${at}/bias`), { dtype, shape: [size] });
    return { at, weight, bias, predicted: b.add(b.matmul(at, weight), bias) };
  });
  const parts = new Map<string, string[]>(wrt.map((name) => [name, []]));
  const targets = new Map<string, string | undefined>();
  for (let piece = cuts.length; piece >= 0; piece--) {
    const [before, own] = [cuts[piece - 1], predictions[piece]];
    const nodes = piecesNodes(forward, before, own === undefined ? [...seeds.keys()] : [own.at]);
    const by = before === undefined ? wrt : [...wrt, before];
    const cotangents = appendVjp(b, { nodes, seeds: own === undefined ? seeds : new Map([[own.at, own.predicted]]), wrt: by });
    for (const name of wrt) {
      const g = cotangents.get(name);
      if (g !== undefined) parts.get(name)!.push(g);
    }
    if (before !== undefined) targets.set(before, cotangents.get(before));
  }
  return {
    modules: predictions.map((p) => ({ ...p, target: targets.get(p.at) })),
    grads: new Map(wrt.map((name) => [name, b.sum(parts.get(name)!)])),
  };
}

/** The nodes on which `ends` depend without passing `before`. */
function piecesNodes(nodes: readonly Node[], before: string | undefined, ends: readonly string[]): readonly Node[] {
  const needed = new Set(ends);
  const found: Node[] = [];
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i]!;
    if (!node.outputs.some((o) => o !== before && needed.has(o))) continue;
    found.push(node);
    for (const v of node.inputs) needed.add(v);
  }
  return found.reverse();
}
