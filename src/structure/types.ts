import type { NormKind } from "../ops/traits.js";

export type { NormKind } from "../ops/traits.js";

/** A normalisation found in a block. */
export interface NormSite {
  readonly kind: NormKind;
  /** `trunk`: every path of the block passes it; `branch` and `shortcut`: one side of a fork. */
  readonly where: "trunk" | "branch" | "shortcut";
  /** The file's node, or the last node of a norm that is written out. */
  readonly node: string;
  /** Its statistics are constants of the file: a norm in inference mode. */
  readonly inference: boolean;
}

/** One cut of the trunk: every path from the source to the target (inside what the cut is nested in) passes one of its values. */
export interface Cut {
  /** Values of the bound graph, usually one. */
  readonly values: readonly string[];
  /** Name to show: the file's where it has one. */
  readonly name: string;
  /** Position on the trunk, 0 at the source. */
  readonly depth: number;
  /** Node of the file (or of a decomposition) that produces the cut's last value, and its op; an input has none. */
  readonly node: string | null;
  readonly op: string | null;
  /** 0 on the trunk of the whole network, more inside spliced blocks. */
  readonly nesting: number;
  /** Whether a block begins or ends here. */
  readonly boundary: boolean;
  /**
   * Whether all uses of the values come after the cut in the bound graph, so that their whole cotangent is the cut's. A dense block's Concat is
   * not: the next Concat reads its parts. It is in the graph that `withConcatChains` gives.
   */
  readonly exact: boolean;
}

export type BlockKind = "plain" | "residual" | "gated" | "dense" | "other";
export type Skip = "identity" | "projection" | "scaled";

/** A stretch of the trunk. */
export interface Block {
  /** Indices of the cuts it lies between. */
  readonly from: number;
  readonly to: number;
  readonly kind: BlockKind;
  /** What the shortcut of a residual block is made of. */
  readonly skip: Skip | null;
  /** Factor on the branch of a residual block (root mean square where it is a vector); null when there is none. */
  readonly branchScale: number | null;
  /** Factor on its shortcut; null when there is none. */
  readonly skipScale: number | null;
  /** The branch of a residual or dense block whose fork has one input: that value, and the nodes of the bound graph that take it into the branch. */
  readonly branch: { readonly from: string; readonly users: readonly string[] } | null;
  readonly norms: readonly NormKind[];
  readonly normSites: readonly NormSite[];
  /** Names of its nodes in the bound graph, in order. */
  readonly nodes: readonly string[];
  /** Weight values that its matrix products and convolutions take. */
  readonly weights: readonly string[];
  readonly nesting: number;
  /** `stem`: before the first fork (the first layer of a plain network); `head`: from the last pooling, flatten or classifier on. */
  readonly role: "stem" | "body" | "head";
}

/** A fork so large that the chain inside it was spliced into the trunk: a long skip, or inputs fed at every time step. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly kind: BlockKind | "recurrent";
  readonly nesting: number;
}

/** A network's structure as its graph shows it. */
export interface Structure {
  readonly source: string;
  readonly target: string;
  /** Input to output. */
  readonly trunk: readonly Cut[];
  readonly blocks: readonly Block[];
  readonly spans: readonly Span[];
}
