import type { Claim, Results, Budget } from "../../src/claims/claim.js";
import { laws } from "../../src/theory/laws.js";
import type { Laws } from "../../src/theory/laws.js";
import { profile } from "../../src/trial/measurements/profile.js";
import type { ProfileResult } from "../../src/trial/measurements/profile.js";
import { stream } from "../../src/util/random.js";

/** What is true of an arm at a depth: means over draws of the weights. */
export interface Truth {
  /** ln of the squared gradient, input over output. */
  readonly growth: number;
  /** ln of the mean square of the activations, output over input (default: as `growth`, which He weights make it). */
  readonly forward?: number;
  /** ln of the squared gradient scale coefficient (default 0). */
  readonly free?: number;
  /** Mean cosine of two examples at the output (default .5). */
  readonly cosine?: number;
  /** Spread over seeds, relative to a plain ReLU network's (default 1). */
  readonly spread?: number;
}

/** What is true of every arm of a claim. */
export type World = (arm: string, depth: number) => Truth;

/** A world whose trials measure other kinds than profiles: it draws its results itself, one set for each round. */
export interface DrawnWorld {
  readonly draw: (round: number) => Results;
}

/**
 * Spread of one seed's numbers in units of √(5L/n), Hanin's for one example of a plain ReLU network: measured in trials of 32 examples, where growth has
 * .37 to .52, activations .57 to .85, the coefficient .38 to .68.
 */
const SPREAD = { growth: 0.5, forward: 0.8, free: 0.6 };
/** Correlation of two arms that share their seeds, measured for a plain network and the same with skips. */
const SHARED = 0.6;
const COSINE_SPREAD = 0.03;

/**
 * Results of a claim's trials, were the world like this: normal logarithms around the truth, with the spread and the correlations that trials have. Deeper
 * networks of a seed share the layers of shallower ones, arms share seeds: sums over layers of a walk by seed and one by arm and seed. For arms that
 * measure profiles; reading another kind is an error.
 */
export function synthesise(claim: Claim, world: World, size: Budget, round: number): Results {
  const random = stream(round, claim.id);
  let drawn = 0;
  const walks = new Map<string, number[][]>();
  const walk = (all: number[][], seed: number, depth: number): number => {
    const known = (all[seed] ??= [0]);
    while (known.length <= depth) known.push(known[known.length - 1]! + random.normal(drawn++));
    return known[depth]!;
  };
  const walksOf = (name: string): number[][] => {
    let known = walks.get(name);
    if (!known) walks.set(name, (known = []));
    return known;
  };
  const made = new Map<string, readonly ProfileResult[]>();
  for (const { name, depth, trials } of armsOf(claim, size)) {
    const truth = world(name, depth);
    const sources = ["growth", "forward", "free"].map((what) => [walksOf(what), walksOf(`${what} ${name}`)] as const);
    const profiles = trials.map(({ seed, width }) => {
      const unit = (truth.spread ?? 1) * Math.sqrt(5 / width);
      const [g, f, s] = sources.map(
        ([shared, own]) => unit * (Math.sqrt(SHARED) * walk(shared, seed, depth) + Math.sqrt(1 - SHARED) * walk(own, seed, depth)),
      ) as [number, number, number];
      // Lengths fluctuate forwards and backwards together.
      const forward = (truth.forward ?? truth.growth) + SPREAD.forward * (0.8 * g + 0.6 * f);
      return profileOf(truth.growth + SPREAD.growth * g, forward, (truth.free ?? 0) + SPREAD.free * s, (truth.cosine ?? 0.5) + noise());
    });
    made.set(`${name} at ${depth}`, profiles);
  }
  function noise(): number {
    return COSINE_SPREAD * random.normal(drawn++);
  }
  return {
    budget: size,
    of: <R>(kind: { readonly name: string }, name: string, depth: number): readonly R[] => {
      if (kind.name !== profile.name) throw new Error(`${claim.id} reads "${kind.name}": only profiles are made here`);
      return made.get(`${name} at ${depth}`)! as readonly unknown[] as readonly R[];
    },
  };
}

/** An arm of a claim, as far as numbers are drawn for it. */
export interface KeptArm {
  readonly name: string;
  readonly depth: number;
  readonly trials: readonly { readonly seed: number; readonly width: number }[];
}
const kept = new WeakMap<Claim, Map<Budget, readonly KeptArm[]>>();

/** A claim's arms, built once. */
export function armsOf(claim: Claim, size: Budget): readonly KeptArm[] {
  let own = kept.get(claim);
  if (!own) kept.set(claim, (own = new Map<Budget, readonly KeptArm[]>()));
  let arms = own.get(size);
  if (!arms) {
    arms = claim.trials(size).map(({ name, depth, trials }) => ({
      name,
      depth,
      trials: trials.map(({ seed = 0, net }) => ({ seed, width: Number(net["width"] ?? size.width) })),
    }));
    own.set(size, arms);
  }
  return arms;
}

const NONE: readonly number[] = [];
const ENDS: readonly number[] = [0, 1];

/** A profile of two cuts with these totals. */
export function profileOf(growth: number, forward: number, free: number, cosine: number): ProfileResult {
  const gradient = [growth / 2, 0];
  return {
    loss: null,
    rescaled: false,
    lnGradient: gradient,
    lnGradientByExample: gradient,
    lnActivation: [0, forward / 2],
    lnScaleFree: [free / 2, 0],
    cosine: [0, cosine],
    centredShare: [1, 1 - cosine],
    body: ENDS,
    lnBranch: NONE,
  };
}

/** The laws, each answer kept: a study judges thousands of times on the same ones. */
export function keptLaws(): Laws {
  const kept = new Map<string, unknown>();
  return Object.fromEntries(
    Object.entries(laws).map(([name, law]) => [
      name,
      (...args: unknown[]): unknown => {
        const key = `${name} ${JSON.stringify(args)}`;
        if (!kept.has(key)) kept.set(key, (law as (...a: unknown[]) => unknown)(...args));
        return kept.get(key);
      },
    ]),
  ) as unknown as Laws;
}

/** How often each verdict falls in a world. */
export function verdicts(
  claim: Claim,
  world: World | DrawnWorld,
  { size, rounds, comparisons, laws }: { readonly size: Budget; readonly rounds: number; readonly comparisons: number; readonly laws: Laws },
): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let round = 0; round < rounds; round++) {
    const results = typeof world === "function" ? synthesise(claim, world, size, round) : world.draw(round);
    const { verdict } = claim.judge(results, { comparisons, laws });
    counts[verdict] = (counts[verdict] ?? 0) + 1;
  }
  return counts;
}
