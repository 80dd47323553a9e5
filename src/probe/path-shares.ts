import type { GraphBuilder } from "../graph/builder.js";
import type { Graph } from "../graph/graph.js";
import type { Bound } from "../passes/bind.js";
import { withoutRepeats } from "../passes/cse.js";
import { withoutDeadCode } from "../passes/order.js";
import type { Structure } from "../structure/types.js";
import { place, walk } from "./crossings.js";
import { lnSum } from "./measurement.js";
import { lnSquares } from "./probe.js";
import type { Get, Reader } from "./probe.js";

/** What the paths through a chain of residual blocks carry to its input, over the whole batch. */
export interface PathShares {
  /** ln ‖P_k‖² for k = 0 … L branches crossed; −Infinity where nothing comes that way. */
  readonly lnSquares: readonly number[];
  /** ln ‖Σ_k P_k‖², and ln of the squared gradient as the ordinary reverse walk gives it: the same but for rounding. */
  readonly lnSum: number;
  readonly lnGradient: number;
  /** ‖Σ_k P_k − g_0‖/‖g_0‖; 0 where both are exactly zero. */
  readonly residue: number;
}

/** A graph that measures the paths, its cotangent input (N(0, 1) is drawn for it), and how to read what a run gives. */
export interface PathSharesGraph {
  readonly graph: Graph;
  readonly cotangentInput: string;
  read(get: Get): PathShares;
}

/**
 * The backward polynomial of Veit, Wilber & Belongie 2016: Π_l (S_l + z·B_l)ᵀ g_L = Σ_k z^k P_k. One cotangent for each number k of branches crossed,
 * P_k ← SᵀP_k + BᵀP_{k−1} from the last residual block to the first, each product the reverse walk through one side of the block at the real activations.
 * P_k is the sum over all C(L, k) paths that cross k branches, so that Σ_k P_k = g_0. L²/2 walks through a block: for some tens of blocks.
 * Errors: `spec/invalid` where the network has no residual blocks, or gates.
 */
export function pathSharesGraph(bound: Bound, structure: Structure, examples: number): PathSharesGraph {
  const { b, c, cotangent, chain, first, last } = walk(bound, structure, examples);
  let powers: (string | undefined)[] = [last];
  for (const block of [...chain].reverse()) {
    const sides = powers.map((p) => (p === undefined ? undefined : block.back(b, p)));
    const next = powers.map((_, k) => sum(b, sides[k]?.skip, k > 0 && block.branched ? sides[k - 1]?.branch : undefined));
    powers = block.branched ? [...next, sides[sides.length - 1]?.branch] : next;
  }
  place(b, chain[0]!);
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

/** Σ of what is there. */
const sum = (b: GraphBuilder, ...parts: readonly (string | undefined)[]): string | undefined => b.sum(parts.filter((p) => p !== undefined));
