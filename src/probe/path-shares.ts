import type { GraphBuilder } from "../graph/builder.js";
import type { Graph } from "../graph/graph.js";
import type { Bound } from "../passes/bind.js";
import { withoutRepeats } from "../passes/cse.js";
import { withoutDeadCode } from "../passes/order.js";
import type { Structure } from "../structure/types.js";
import { attributeTo, blockwiseBackward } from "./block-vjps.js";
import { lnSum } from "../math/statistics.js";
import { lnSquares } from "./probe.js";
import type { Get, Reader } from "./probe.js";

/** The gradient at the input of residual blocks in series, by the number of branches on its paths; squares are sums over the whole batch. */
export interface PathShares {
  /** ln ‖P_k‖² for k = 0 … L branches; −Infinity where P_k is zero. */
  readonly lnSquares: readonly number[];
  /** ln ‖Σ_k P_k‖², and ln ‖g_0‖² by the ordinary backward pass; they differ by rounding only. */
  readonly lnSum: number;
  readonly lnGradient: number;
  /** ‖Σ_k P_k − g_0‖/‖g_0‖; 0 where both are exactly zero. */
  readonly residue: number;
}

/** A graph that measures the gradient by paths, its cotangent input (to be fed from N(0, 1)), and how to read a run. */
export interface PathSharesGraph {
  readonly graph: Graph;
  readonly cotangentInput: string;
  read(get: Get): PathShares;
}

/**
 * Builds a graph that expands the gradient by paths (Veit, Wilber & Belongie 2016): Π_l (S_l + z·B_l)ᵀ g_L = Σ_k z^k P_k, with S_l and B_l the Jacobians of
 * shortcut and branch. From the last residual block to the first, P_k ← SᵀP_k + BᵀP_{k−1}, each product a backward pass through one side of the block at the
 * network's activations. P_k is the sum over all C(L, k) paths through k branches, so that Σ_k P_k = g_0. The cost of L²/2 backward passes through a block
 * limits L to some tens. Error `spec/invalid` where the network has no residual blocks, or gated ones.
 */
export function pathSharesGraph(bound: Bound, structure: Structure, examples: number): PathSharesGraph {
  const { b, c, cotangent, blocks, first, last } = blockwiseBackward(bound, structure, examples);
  let powers: (string | undefined)[] = [last];
  for (const block of [...blocks].reverse()) {
    const sides = powers.map((p) => (p === undefined ? undefined : block.vjp(b, p)));
    const next = powers.map((_, k) => sum(b, sides[k]?.skip, k > 0 && block.branched ? sides[k - 1]?.branch : undefined));
    powers = block.branched ? [...next, sides[sides.length - 1]?.branch] : next;
  }
  attributeTo(b, blocks[0]!);
  const squares = powers.map((p) => (p === undefined ? undefined : lnSquares(c, p, false)));
  const total = b.sum(powers.filter((p) => p !== undefined))!;
  const [whole, truth, rest] = [total, first, b.sub(total, first)].map((v) => lnSquares(c, v, false)) as [Rows, Rows, Rows];
  b.origin = undefined;
  return {
    graph: withoutDeadCode(withoutRepeats(b.build(bound.graph.name))),
    cotangentInput: cotangent,
    read: (get) => {
      const over = (rows: Rows): number => lnSum(rows(get));
      const gradient = over(truth);
      return {
        lnSquares: squares.map((s) => (s ? over(s) : -Infinity)),
        lnSum: over(whole),
        lnGradient: gradient,
        residue: over(rest) === -Infinity ? 0 : Math.exp((over(rest) - gradient) / 2),
      };
    },
  };
}

type Rows = Reader<readonly number[]>;

/** The sum of the parts that are defined. */
const sum = (b: GraphBuilder, ...parts: readonly (string | undefined)[]): string | undefined => b.sum(parts.filter((p) => p !== undefined));
