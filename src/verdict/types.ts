/** What the verdict on one network rests on. Positions run from the input to the output, over the boundaries of the body's blocks. */
export interface ProfileData {
  /** ln ‖∂loss/∂x‖ at every boundary, one row per replicate; −Infinity where a gradient is exactly zero. */
  readonly gradient: readonly (readonly number[])[];
  /** ½ ln mean x² at every boundary, rows as in `gradient`; none where activations were not recorded. */
  readonly activation: readonly (readonly number[])[];
  /** What the replicates are; undefined when there is one row and no interval. */
  readonly over: (typeof REPLICATES)[number] | undefined;
  /** For every block (boundaries − 1 of them): whether the law starts anew there (a projection, or a norm on the trunk). */
  readonly restarts: readonly boolean[];
  /**
   * Whether the blocks are steps in time, which share their weights: a fall then starves no parameter, and says only how short the memory is at the start.
   * It is called vanishing where the first step's part is lost in the rounding of the sum over steps, from 10⁷ on.
   */
  readonly overTime?: boolean;
  /** Whether the blocks are one of several chains of the body: its verdict then speaks of the chain. */
  readonly oneOfSeveral?: boolean;
  /**
   * Profiles of other batches of the same size, one row each, where there is one profile only: how far the spread between the boundaries of its rise and its
   * fall scatters over them makes the interval.
   */
  readonly others?: readonly (readonly number[])[];
  /**
   * The gradient as the blocks alone pass it on, rows as in `gradient`, where something else adds to it between them. A rise counts only as far as they make it
   * themselves; `othersAlone` is the same of `others`.
   */
  readonly alone?: readonly (readonly number[])[] | undefined;
  readonly othersAlone?: readonly (readonly number[])[] | undefined;
}

// Types and schemas of records are both made from these lists.

/** What a verdict can be. */
export const DECISIONS = ["healthy", "vanishing", "exploding", "mixed", "undecided", "non-finite"] as const;
export type Decision = (typeof DECISIONS)[number];

/** What can make a gradient spread. */
export const CAUSES = ["units", "dynamics"] as const;
export type Cause = (typeof CAUSES)[number];

/** The laws that growth over depth can follow. */
export const LAWS = ["exponential", "sub-exponential", "undetermined"] as const;
export type Law = (typeof LAWS)[number];

/** What the replicates of a profile can be. */
export const REPLICATES = ["examples", "batches"] as const;

/** What the interval of a rate can be over. */
export const INTERVALS = [...REPLICATES, "blocks", "reinitialisations"] as const;

/** An estimate with its 95 % interval and what the interval is over; null where there is none. */
export interface Growth {
  /** Factor on the square per block, output to input, over the body. */
  readonly perBlock: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly over: (typeof INTERVALS)[number] | null;
}

/** A spread of ln‖g‖ with its interval; Infinity where the gradient is lost altogether, NaN where there is nothing to measure. */
export interface Spread {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** The verdict on one network: whether its gradient keeps its size over the body, and if not, by which law it spreads and why. */
export interface Verdict {
  readonly decision: Decision;
  readonly cause: Cause | null;
  readonly law: Law;
  /** U: the largest rise of ln‖g‖ from the output towards the input; D: the largest fall. */
  readonly rise: Spread;
  readonly fall: Spread;
  /** The same of the gradient scale coefficient. */
  readonly scaleFreeRise: Spread;
  readonly scaleFreeFall: Spread;
  readonly gradient: Growth;
  readonly scaleFree: Growth;
  /** For a significant rate in a net too shallow to suffer: blocks at which the norm would reach 100×; null otherwise. */
  readonly projection: number | null;
  /** Of a healthy network that rises by 100× or more: the block, counted from 0, that makes most of it alone, and ln of its part; else null. */
  readonly one: { readonly at: number; readonly ln: number } | null;
  /** Boundaries that the spread which decides lies between (the rise, or the fall of a vanishing network): `from` is nearer the input. */
  readonly from: number;
  readonly to: number;
  /** The verdict as one sentence of plain words, with its numbers: "Healthy: over 8 blocks …". */
  readonly sentence: string;
  /** The same without the decision before it: "Over 8 blocks …". */
  readonly statement: string;
}
