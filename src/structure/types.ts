import type { NormKind } from "../ops/traits.js";

export type { NormKind } from "../ops/traits.js";

/** A normalisation in a block. */
export interface NormSite {
  readonly kind: NormKind;
  /** `trunk`: it lies on every path through the block; `branch` or `shortcut`: on one side of a fork. */
  readonly where: "trunk" | "branch" | "shortcut";
  /** Name of the file's node, or of the last node of a norm that is written out in elementary ops. */
  readonly node: string;
  /** Whether its statistics are constants of the file (inference mode). */
  readonly inference: boolean;
}

/** A vertex cut of the trunk: every path from the source to the target (of the fork in which the cut is nested) passes one of its values. */
export interface Cut {
  /** Values of the bound graph, usually one. */
  readonly values: readonly string[];
  /** Name to show, the file's own where it has one. */
  readonly name: string;
  /** Index on the trunk, 0 at the source. */
  readonly depth: number;
  /** Node of the file (or of a decomposition) that computes the cut's last value, and its op; null for an input. */
  readonly node: string | null;
  readonly op: string | null;
  /** 0 on the trunk of the whole network; one more for each spliced fork around it. */
  readonly nesting: number;
  /** Whether a block begins or ends here. */
  readonly boundary: boolean;
  /**
   * Whether all uses of the values in the bound graph lie after the cut, so that their cotangents are the cut's. The Concat of a dense block is not
   * exact, because the next Concat reads its parts; in the graph of `withConcatChains` it is.
   */
  readonly exact: boolean;
}

/** The kind of a block: residual x + F(x), gated T·h + (1 − T)·x, dense [x, F(x)], `plain` without a fork, or another fork. */
export type BlockKind = "plain" | "residual" | "gated" | "dense" | "other";
/** The shortcut of a residual block: unchanged; with weights, norms or pooling; or with a factor. */
export type Skip = "identity" | "projection" | "scaled";
/**
 * How a block applies its weights. `convolution`: any of them slides over a map of several positions, with a kernel of any size. `matrix`: all are products
 * with a matrix, or convolutions of one position. `recurrent`: its weights are applied at every step of a chain over time. `none`: it has none.
 */
export type WeightFamily = "convolution" | "matrix" | "recurrent" | "none";

/** One of the routes on which a value is used: the value, and the nodes of the bound graph that take it there. */
export interface Route {
  readonly from: string;
  readonly users: readonly string[];
}

/** A block: a stretch of the trunk between two boundaries. */
export interface Block {
  /** Indices of the cuts at its input and output. */
  readonly from: number;
  readonly to: number;
  readonly kind: BlockKind;
  /** Null for blocks that are not residual. */
  readonly skip: Skip | null;
  /** Factor on the branch of a residual block (the root mean square of a vector); null where there is none. */
  readonly branchScale: number | null;
  /** Factor on its shortcut; null where there is none. */
  readonly skipScale: number | null;
  /** For a residual or dense block with one input: that value, and the nodes of the bound graph with which the branch begins. Null otherwise. */
  readonly branch: Route | null;
  /**
   * For the first block of a chain whose input other nodes take as well, and for every such step in time: the routes through the block alone, one for each value
   * that it takes; none where it computes something for other steps as well.
   */
  readonly entry?: readonly Route[];
  readonly norms: readonly NormKind[];
  readonly normSites: readonly NormSite[];
  /** Names of its nodes in the bound graph, in order. */
  readonly nodes: readonly string[];
  /** Names of the weights of its matrix products and convolutions. */
  readonly weights: readonly string[];
  /** What it applies at every step over time, where that is more than weights: a state that is computed element by element goes by the name of its last step. */
  readonly clocks?: readonly string[];
  readonly family: WeightFamily;
  readonly nesting: number;
  /** `stem`: before the first fork (of a plain network the first layer); `head`: from the last pooling, flattening or classifier on; `body`: between. */
  readonly role: "stem" | "body" | "head";
}

/** A large fork that was replaced on the trunk by the chain inside it (cuts `from` to `to`): around a long skip, or with inputs fed at every time step. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly kind: BlockKind | "recurrent";
  readonly nesting: number;
}

/** The structure of a network, found from its graph. */
export interface Structure {
  readonly source: string;
  readonly target: string;
  /** Cuts from input to output. */
  readonly trunk: readonly Cut[];
  readonly blocks: readonly Block[];
  readonly spans: readonly Span[];
}
