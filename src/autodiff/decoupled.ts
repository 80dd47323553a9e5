import type { GraphBuilder } from "../graph/builder.js";
import type { Graph, Node } from "../graph/graph.js";
import { IsogradError } from "../util/errors.js";
import { appendVjp } from "./vjp.js";

/** Says where a network is decoupled, and what is differentiated. */
export interface DecoupledRequest {
  /** The activations between the pieces of the network, from input to output. Each gets a module that predicts its gradient. */
  readonly cuts: readonly string[];
  /** Cotangents at the end of the last piece, by value: usually 1 for the loss. */
  readonly seeds: ReadonlyMap<string, string>;
  /** Names of the parameters. */
  readonly wrt: readonly string[];
}

/** One module that predicts the gradient ŝ = x·A + c of an activation x [..., D] from the activation itself. */
export interface GradientModule {
  /** The activation x. */
  readonly at: string;
  /** Graph inputs: the weight A [D, D] and the bias c [D]. */
  readonly weight: string;
  readonly bias: string;
  /**
   * ŝ and its training target, in the shape of x. The target is the gradient from the next piece, computed from that piece's
   * prediction or from the loss.
   */
  readonly predicted: string;
  readonly target: string | undefined;
}

/** The modules and parameter gradients of a decoupled network. */
export interface Decoupled {
  readonly modules: readonly GradientModule[];
  /** The gradient of each parameter; undefined where none reaches it. */
  readonly grads: ReadonlyMap<string, string | undefined>;
}

/**
 * Appends the backward passes of a network whose pieces are decoupled by synthetic gradients (Jaderberg et al. 2017). The parameters before a cut x get
 * their gradient from a linear prediction ŝ = x·A + c of ∂loss/∂x, and so do not wait for later pieces. The backward pass of each piece ends at the cut
 * before it, where it gives the target of that cut's module. Features are the last axis. Error `spec/invalid` where a cut is a map [N, C, H, W].
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
    const nodes = nodesOfPiece(forward, before, own === undefined ? [...seeds.keys()] : [own.at]);
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

/** Returns the nodes, in order, on which `ends` depend by paths that do not pass the value `before`. */
function nodesOfPiece(nodes: readonly Node[], before: string | undefined, ends: readonly string[]): readonly Node[] {
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
