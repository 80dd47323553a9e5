import type { Claim, Results, Budget } from "../../src/claims/claim.js";
import { stream } from "../../src/util/random.js";
import type { DrawnWorld } from "./synthetic.js";

/** What one seed of an arm is drawn from: N(0, 1), as many as wanted. */
export interface SeedDraws {
  /** By arm, depth and seed. */
  own(i: number): number;
  /** Correlates by ρ with the same number of the seed's other arms and depths. */
  shared(i: number, rho: number): number;
}

/** Numbers of a seed, at most. */
const MOST = 64;

/** Seeds and measurement of every arm, which are the same in every world. */
interface KnownArm {
  readonly kind: string;
  readonly seeds: readonly number[];
}
const known = new WeakMap<Claim, Map<Budget, ReadonlyMap<string, KnownArm>>>();

function armsOf(claim: Claim, size: Budget): ReadonlyMap<string, KnownArm> {
  let own = known.get(claim);
  if (!own) known.set(claim, (own = new Map<Budget, ReadonlyMap<string, KnownArm>>()));
  let found = own.get(size);
  if (!found) {
    const named = claim.trials(size).map(({ name, depth, trials }): [string, KnownArm] => {
      const { measure = "profile" } = trials[0]!;
      return [`${name} at ${depth}`, { kind: typeof measure === "string" ? measure : measure.name, seeds: trials.map(({ seed = 0 }) => seed) }];
    });
    own.set(size, (found = new Map(named)));
  }
  return found;
}

/** What a seed of an arm measures. */
export type Measured = (arm: string, depth: number, z: SeedDraws) => unknown;

/** A world whose arms measure any kinds, drawn seed by seed, with the seeds and arms of the claim; `measured` may draw what all seeds of a round share. */
export function drawnWorld(claim: Claim, size: Budget, measured: (round: number) => Measured): DrawnWorld {
  const arms = armsOf(claim, size);
  return {
    draw: (round): Results => {
      const of = measured(round);
      const common = stream(round, `${claim.id} shared`);
      const made = new Map<string, readonly unknown[]>();
      const make = (name: string, depth: number, { seeds }: KnownArm): readonly unknown[] => {
        const random = stream(round, `${claim.id} ${name} ${depth}`);
        return seeds.map((seed) => {
          const own = (i: number): number => random.normal(seed * MOST + i);
          const shared = (i: number, rho: number): number => Math.sqrt(rho) * common.normal(seed * MOST + i) + Math.sqrt(1 - rho) * own(i);
          return of(name, depth, { own, shared });
        });
      };
      return {
        budget: size,
        of: <R>(kind: { readonly name: string }, name: string, depth: number): readonly R[] => {
          const at = `${name} at ${depth}`;
          const arm = arms.get(at);
          if (arm?.kind !== kind.name) throw new Error(`${claim.id} reads "${kind.name}" of ${at}, which measures ${arm?.kind ?? "nothing"}`);
          let values = made.get(at);
          if (!values) made.set(at, (values = make(name, depth, arm)));
          return values as readonly R[];
        },
      };
    },
  };
}
