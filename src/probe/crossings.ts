import { cotangentInput, lossOutput } from "../autodiff/loss.js";
import { appendVjp } from "../autodiff/vjp.js";
import type { GraphBuilder } from "../graph/builder.js";
import type { Graph, Node } from "../graph/graph.js";
import { newBuilder } from "../ops/registry.js";
import type { Bound } from "../passes/bind.js";
import { withExactCuts } from "../structure/exact-cuts.js";
import type { Block, Structure } from "../structure/types.js";
import { IsogradError } from "../util/errors.js";
import { fetcher } from "./measurement.js";
import type { ProbeContext } from "./probe.js";

/** What a block sends back to its input: by its shortcut, by its branch; undefined where nothing comes. */
export interface Sides {
  readonly skip: string | undefined;
  readonly branch: string | undefined;
}

/** A block between two values of the trunk, with the reverse walk through either of its sides. */
export interface Crossing {
  /** The trunk's value before the block, and behind it. */
  readonly from: string;
  readonly to: string;
  /** Whether it has a branch: a plain layer between residual blocks has none, and all that passes it counts as its shortcut's. */
  readonly branched: boolean;
  /** Appends Sᵀp and Bᵀp, for a cotangent p of `to`, S and B the Jacobians of shortcut and branch: a block is (S + B), whatever stands behind its sum. */
  back(b: GraphBuilder, p: string): Sides;
}

/**
 * The blocks from the first to the last that has a branch, input to output. `graph` and `cuts` are those of `withExactCuts`. Error `spec/invalid` where
 * there is no such block, or where shortcut and branch of one between them cannot be told apart (gates).
 */
function crossings(graph: Graph, cuts: readonly (readonly string[])[], structure: Structure, name: string): readonly Crossing[] {
  const { blocks } = structure;
  const branched = blocks.flatMap((b, i) => (b.branch === null ? [] : [i]));
  const own = blocks.slice(branched[0] ?? 0, (branched[branched.length - 1] ?? -1) + 1);
  const fix = "choose a network of residual blocks x + F(x)";
  if (own.length === 0) throw new IsogradError("spec/invalid", "no block of the network has a branch beside a shortcut", { at: [name], fix });
  const makers = new Map(graph.nodes.flatMap((n, i) => n.outputs.map((o) => [o, i] as const)));
  return own.map((block) => {
    const [ends, starts] = [cuts[block.to]!, cuts[block.from]!];
    const known = starts.length === 1 && ends.length === 1 && (block.branch === null ? block.kind === "plain" : block.branch.from === starts[0]);
    if (!known)
      throw new IsogradError("spec/invalid", "the shortcut of a block cannot be told from its branch", {
        at: [name, ends.join(", ")],
        received: `a ${block.kind} block`,
        fix,
      });
    return crossing(block, starts[0]!, ends[0]!, nodesBetween(makers, graph, starts[0]!, ends[0]!));
  });
}

function crossing(block: Block, from: string, to: string, nodes: readonly Node[]): Crossing {
  const users = new Set(block.branch?.users ?? []);
  return {
    from,
    to,
    branched: block.branch !== null,
    back: (b, p) => {
      const parts: { readonly skip: string[]; readonly branch: string[] } = { skip: [], branch: [] };
      const seeds = new Map([[to, p]]);
      const onPart = (value: string, user: Node, part: string): void => {
        if (value === from) parts[users.has(user.name) ? "branch" : "skip"].push(part);
      };
      appendVjp(b, { nodes, seeds, wrt: [from], onPart });
      return { skip: b.sum(parts.skip), branch: b.sum(parts.branch) };
    },
  };
}

/** The nodes on which `to` depends without passing `from`, in the order of the graph. */
function nodesBetween(makers: ReadonlyMap<string, number>, { nodes }: Graph, from: string, to: string): readonly Node[] {
  const found = new Set<number>();
  const stack = [to];
  while (stack.length > 0) {
    const value = stack.pop()!;
    const at = value === from ? undefined : makers.get(value);
    if (at === undefined || found.has(at)) continue;
    found.add(at);
    stack.push(...nodes[at]!.inputs);
  }
  return [...found].sort((p, q) => p - q).map((i) => nodes[i]!);
}

/** What follows belongs to the end of the reverse walk through a block. */
export const place = (b: GraphBuilder, block: Crossing): void =>
  void (b.origin = { node: block.from, op: "Paths", role: "backward", value: block.from });

/** The reverse walk of a network from a cotangent of its output, and the blocks that it can be repeated through side by side. */
export interface Walk {
  readonly b: GraphBuilder;
  readonly c: ProbeContext;
  readonly cotangent: string;
  readonly chain: readonly Crossing[];
  /** Cotangents of the values before and behind the blocks, by the ordinary walk. */
  readonly first: string;
  readonly last: string;
  /** Of every value of the trunk from the first block's input to the last one's output. */
  readonly gradients: readonly string[];
}

/** Begins a graph that follows paths: network, cotangent input, ordinary reverse walk. */
export function walk(bound: Bound, structure: Structure, examples: number): Walk {
  const exact = withExactCuts(bound.graph, structure.trunk);
  const b = newBuilder(exact.graph);
  b.outputs.length = 0;
  const forward = [...b.nodes];
  const from = lossOutput(bound, undefined);
  const chain = crossings(exact.graph, exact.cuts, structure, bound.model.name);
  const cotangent = cotangentInput(b, from);
  const values = [chain[0]!.from, ...chain.map((block) => block.to)];
  const cotangents = appendVjp(b, { nodes: forward, seeds: new Map([[from, cotangent]]), wrt: values });
  // A chain from the first block's input to the output: a gradient reaches all of it.
  const gradients = values.map((v) => cotangents.get(v)!);
  const c: ProbeContext = { b, examples, fetch: fetcher(b) };
  return { b, c, cotangent, chain, first: gradients[0]!, last: gradients[gradients.length - 1]!, gradients };
}
