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

/** The cotangents of a block's input through its shortcut and through its branch, by name; undefined where none arrives. */
export interface InputCotangents {
  readonly skip: string | undefined;
  readonly branch: string | undefined;
}

/** A block between two values of the trunk, with its vector–Jacobian products through shortcut and branch separately. */
export interface BlockVjp {
  /** The trunk's values at the input and at the output of the block. */
  readonly from: string;
  readonly to: string;
  /** Whether it has a branch. A plain layer between residual blocks has none, and counts as a shortcut. */
  readonly branched: boolean;
  /** Appends Sᵀp and Bᵀp for a cotangent p of `to`, where the block's Jacobian is S + B by shortcut and branch (ops after the sum are part of both). */
  vjp(b: GraphBuilder, p: string): InputCotangents;
}

/**
 * Returns the blocks from the first to the last that has a branch, from input to output. `graph` and `cuts` are those of `withExactCuts`. Error
 * `spec/invalid` where there is no such block, or where the shortcut and the branch of a block between them cannot be separated (gates).
 */
function blockVjps(graph: Graph, cuts: readonly (readonly string[])[], structure: Structure, name: string): readonly BlockVjp[] {
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
    return blockVjp(block, starts[0]!, ends[0]!, nodesBetween(makers, graph, starts[0]!, ends[0]!));
  });
}

function blockVjp(block: Block, from: string, to: string, nodes: readonly Node[]): BlockVjp {
  const users = new Set(block.branch?.users ?? []);
  return {
    from,
    to,
    branched: block.branch !== null,
    vjp: (b, p) => {
      const received: { readonly skip: string[]; readonly branch: string[] } = { skip: [], branch: [] };
      const seeds = new Map([[to, p]]);
      const onPart = (value: string, user: Node, part: string): void => {
        if (value === from) received[users.has(user.name) ? "branch" : "skip"].push(part);
      };
      appendVjp(b, { nodes, seeds, wrt: [from], onPart });
      return { skip: b.sum(received.skip), branch: b.sum(received.branch) };
    },
  };
}

/** The nodes on which `to` depends by paths that do not pass `from`, in the order of the graph. */
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

/** Marks the nodes that are appended next as part of the backward pass at a block's input, so that the plan keeps them beside it. */
export const attributeTo = (b: GraphBuilder, block: BlockVjp): void =>
  void (b.origin = { node: block.from, op: "Paths", role: "backward", value: block.from });

/** A graph under construction with a network, its backward pass from a cotangent of its output, and the blocks for further backward passes beside it. */
export interface BlockwiseBackward {
  readonly b: GraphBuilder;
  readonly c: ProbeContext;
  readonly cotangent: string;
  readonly blocks: readonly BlockVjp[];
  /** Cotangents of the first block's input and of the last one's output, by the ordinary backward pass. */
  readonly first: string;
  readonly last: string;
  /** Cotangents of all values of the trunk from the first block's input to the last one's output. */
  readonly gradients: readonly string[];
}

/** Begins a graph in which gradients are followed block by block: the network, a cotangent input, and the ordinary backward pass. */
export function blockwiseBackward(bound: Bound, structure: Structure, examples: number): BlockwiseBackward {
  const exact = withExactCuts(bound.graph, structure.trunk);
  const b = newBuilder(exact.graph);
  b.outputs.length = 0;
  const forward = [...b.nodes];
  const from = lossOutput(bound, undefined);
  const blocks = blockVjps(exact.graph, exact.cuts, structure, bound.model.name);
  const cotangent = cotangentInput(b, from);
  const values = [blocks[0]!.from, ...blocks.map((block) => block.to)];
  const cotangents = appendVjp(b, { nodes: forward, seeds: new Map([[from, cotangent]]), wrt: values });
  // The blocks are in series up to the output, so a gradient reaches every value.
  const gradients = values.map((v) => cotangents.get(v)!);
  const c: ProbeContext = { b, examples, fetch: fetcher(b) };
  return { b, c, cotangent, blocks, first: gradients[0]!, last: gradients[gradients.length - 1]!, gradients };
}
