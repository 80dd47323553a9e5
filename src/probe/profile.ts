import { lnNorm } from "../math/statistics.js";
import type { Block, Structure } from "../structure/types.js";
import type { CheckReadings } from "./check-readings.js";
import { flowAt, lnActivationOf, lnGradientOf } from "./flow.js";
import type { Readings } from "./readings.js";

/**
 * Profiles over depth along a chain of places from input to output, for the verdict. `gradient` holds ½ ln Σg² and `activation` ½ ln mean x²
 * [replicates, places], natural logarithms of norms; `activation` has no rows where none was recorded.
 */
export interface Profiles {
  readonly gradient: readonly (readonly number[])[];
  readonly activation: readonly (readonly number[])[];
  /**
   * The gradient as the blocks alone pass it on, rows as in `gradient`, where something else was measured to add to it between them: from the last place on it changes only by
   * what each block makes of the gradient that it gets.
   */
  readonly alone?: readonly (readonly number[])[];
  /** What the replicates are; undefined where there are too few for an interval. */
  readonly over: "examples" | "batches" | undefined;
  /** For every block, which lies between two places, whether the law of growth over depth starts anew in it. */
  readonly restarts: readonly boolean[];
  /** Number of examples left out because their gradient is exactly zero. */
  readonly zeroExamples: number;
  /** Their positions, where replicates are examples. */
  readonly silent?: readonly number[];
}

/** Profiles along the boundaries of the body's blocks. */
export interface BodyProfiles extends Profiles {
  /** Indices of the boundaries on the trunk. */
  readonly boundaries: readonly number[];
}

/** The smallest number of batches for an interval over batches. */
export const INTERVAL_BATCHES = 8;

/** The blocks of the profile: those of the body. There may be none between stem and head. */
export function profileBlocks(structure: Structure): Structure["blocks"] {
  return structure.blocks.filter((b) => b.role === "body");
}

/**
 * For each block whether the law of growth over depth starts anew in it: at a projection with a norm, at a norm after the addition, and at a plain block among
 * residual, gated or dense ones, because these replace the sum that the trunk has accumulated. A projection without a norm (the shortcuts of pre-activation
 * networks) passes its size on.
 */
function restartsOf(blocks: Structure["blocks"]): readonly boolean[] {
  const forked = 2 * blocks.filter((b) => b.kind !== "plain" && b.kind !== "other").length > blocks.length;
  return blocks.map((b) =>
    b.kind === "plain" ? forked : b.normSites.some(({ where }) => where === "trunk" || (b.skip === "projection" && where === "shortcut")),
  );
}

/** Of what a profile is made: readings along a chain of places. */
export interface ProfileRequest {
  /** The places by their numbers, from the input to the output. */
  readonly sites: readonly number[];
  /** Whether examples are known to be independent of each other, so that each is a replicate. */
  readonly independent: boolean;
  /** For every block between two places whether the law starts anew in it (default: in none). */
  readonly restarts?: readonly boolean[];
  /** The step of training (default: 0). */
  readonly step?: number;
  /** The place of the first block, where the gradient through it alone was measured: it stands at the first place instead of all that arrives there. */
  readonly entry?: number | undefined;
  /** The places of all blocks between the places, where the gradient through some of them alone was measured, for {@link Profiles.alone}. */
  readonly through?: readonly number[] | undefined;
  /** For each of these blocks, whether what it passes on cannot be told apart: it counts as no change. */
  readonly untold?: readonly boolean[] | undefined;
}

/**
 * Makes profiles from readings along a chain of places, of a check-up, of a step of training or of another program's log alike. Replicates are examples
 * where these are independent and every place has a reading of each, else batches.
 */
export function profilesAlong(readings: Readings, request: ProfileRequest): Profiles {
  const { sites, independent, step = 0, restarts = sites.slice(1).map(() => false), entry, through = [], untold = [] } = request;
  const recorded = sites.some((site) => flowAt(readings, site, { step }).activation.lnSquares.length > 0);
  const gradient = independent ? gradientsByExample(readings, sites, step, entry) : [];
  const activation = recorded && gradient.length > 0 ? activationsByExample(readings, sites, step) : [];
  if (gradient.length > 0 && (!recorded || activation.length === gradient.length)) {
    // What is not a number is no zero.
    const live = [...gradient.keys()].filter((r) => gradient[r]!.some((v) => v !== -Infinity));
    const kept = live.length > 1 ? live : [...gradient.keys()];
    const entries = through.map((site) => readings.profile("ln-entry-gradient", [site], step).map((row) => row.values[0]!));
    return {
      gradient: kept.map((r) => gradient[r]!),
      ...aloneOf(
        kept.map((r) => ({ row: gradient[r]!, entries: entries.map((e) => (e.length === gradient.length ? e[r] : undefined)) })),
        untold,
      ),
      activation: recorded ? kept.map((r) => activation[r]!) : [],
      over: "examples",
      restarts,
      zeroExamples: gradient.length - live.length,
      silent: [...gradient.keys()].filter((r) => !live.includes(r)),
    };
  }
  const batches = Array.from({ length: readings.batches(step) }, (_, batch) => sites.map((site) => flowAt(readings, site, { step, batch })));
  const entered = (batch: number): readonly number[] => (entry === undefined ? [] : readings.values("ln-entry-gradient", entry, { step, batch }));
  const own = batches.map((_, batch) => (entered(batch).length === 0 ? [] : [lnNorm(entered(batch))]));
  const rows = batches.map((flows, batch) => [...own[batch]!, ...flows.slice(own[batch]!.length).map(lnGradientOf)]);
  const ofBatch = (site: number, batch: number): number | undefined => {
    const values = readings.values("ln-entry-gradient", site, { step, batch });
    return values.length === 0 ? undefined : lnNorm(values);
  };
  return {
    gradient: rows,
    ...aloneOf(
      rows.map((row, batch) => ({ row, entries: through.map((site) => ofBatch(site, batch)) })),
      untold,
    ),
    activation: recorded ? batches.map((flows) => flows.map(lnActivationOf)) : [],
    over: batches.length >= INTERVAL_BATCHES ? "batches" : undefined,
    restarts,
    zeroExamples: 0,
  };
}

/** Returns what the blocks alone pass on, from rows of ln‖g‖ and of the same through each block alone; nothing where that was not measured. */
function aloneOf(
  rows: readonly { readonly row: readonly number[]; readonly entries: readonly (number | undefined)[] }[],
  untold: readonly boolean[],
): Pick<Profiles, "alone"> {
  if (!untold.includes(true) && rows.every(({ entries }) => entries.every((e) => e === undefined))) return {};
  return {
    alone: rows.map(({ row, entries }) => {
      const own = [...row];
      for (let k = row.length - 2; k >= 0; k--) own[k] = own[k + 1]! + (untold[k] === true ? 0 : (entries[k] ?? row[k]!) - row[k + 1]!);
      return own;
    }),
  };
}

/** Returns ln‖g‖ [examples, places], at the first of them through the first block alone where that was measured of each example. */
function gradientsByExample(readings: Readings, sites: readonly number[], step: number, entry: number | undefined): readonly (readonly number[])[] {
  const rows = readings.profile("ln-gradient", sites, step).map((row) => row.values);
  const own = entry === undefined ? [] : readings.profile("ln-entry-gradient", [entry], step);
  return own.length === rows.length ? rows.map((row, i) => [own[i]!.values[0]!, ...row.slice(1)]) : rows;
}

/** Returns ½ ln mean x² [examples, places], from norms and numbers of elements; of a log that has none, as it was logged. */
function activationsByExample(readings: Readings, sites: readonly number[], step: number): readonly (readonly number[])[] {
  const norms = readings.profile("ln-norm", sites, step);
  if (norms.length === 0) return readings.profile("ln-activation", sites, step).map((row) => row.values);
  const halves = sites.map((site) => 0.5 * Math.log(readings.at("elements", site, { step }) ?? NaN));
  return norms.map((row) => row.values.map((v, i) => v - halves[i]!));
}

/** Which blocks a profile of a check-up runs along, and how. */
export interface ChainRequest {
  /** Blocks of one trunk, one behind another; of none the profile is the end of the trunk alone. */
  readonly blocks: readonly Block[];
  /** Whether examples influence each other, if known. */
  readonly mixing: boolean | undefined;
  /** Whether the blocks are steps in time. */
  readonly overTime?: boolean;
  /**
   * Whether the profile passes over boundaries where a gradient or an activation is not finite, because it is known that nothing comes of them: there it
   * runs straight from neighbour to neighbour.
   */
  readonly mend?: boolean;
}

/** Makes the profiles of a check-up along the boundaries of blocks of a trunk. */
export function profilesAlongBlocks(structure: Structure, { readings, places }: CheckReadings, request: ChainRequest): BodyProfiles {
  const { blocks, mixing, overTime = false, mend = false } = request;
  const boundaries = blocks.length > 0 ? [blocks[0]!.from, ...blocks.map((b) => b.to)] : [structure.trunk.length - 1];
  const sites = boundaries.map((i) => places.cuts[i]!);
  const own = blocks.map((b) => places.blocks[structure.blocks.indexOf(b)]!);
  const entry = blocks[0]?.family === "recurrent" ? undefined : own[0];
  const entries = overTime ? { through: own, untold: blocks.map((b) => b.entry?.length === 0) } : { entry };
  const profiles = profilesAlong(readings, { sites, independent: mixing === false, restarts: restartsOf(blocks), ...entries });
  if (!mend) return { ...profiles, boundaries };
  // Values that are nowhere finite, such as scores that a mask made −∞, have no size.
  const activation = profiles.activation.every((row) => row.some(hasSize)) ? profiles.activation.map(mended) : [];
  return {
    ...profiles,
    gradient: profiles.gradient.map(mended),
    ...(profiles.alone && { alone: profiles.alone.map(mended) }),
    activation,
    boundaries,
  };
}

/** Makes the profiles of a check-up, along the boundaries of the body's blocks. `mixing`: whether examples influence each other, if known. */
export const profilesOf = (structure: Structure, readings: CheckReadings, mixing: boolean | undefined): BodyProfiles =>
  profilesAlongBlocks(structure, readings, { blocks: profileBlocks(structure), mixing });

const hasSize = (v: number): boolean => !Number.isNaN(v) && v !== Infinity;

/** Returns a row in which what is NaN or +∞ lies on the straight line between its neighbours; at an end it is as its neighbour. */
function mended(row: readonly number[]): readonly number[] {
  const good = row.flatMap((v, i) => (hasSize(v) ? [i] : []));
  if (good.length === row.length || good.length === 0) return row;
  return row.map((v, i) => {
    if (good.includes(i)) return v;
    const before = good.findLast((g) => g < i);
    const after = good.find((g) => g > i);
    if (before === undefined || after === undefined) return row[before ?? after!]!;
    return row[before]! + ((row[after]! - row[before]!) * (i - before)) / (after - before);
  });
}
