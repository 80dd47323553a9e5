import type { Claim, Results, Budget } from "../../src/claims/claim.js";
import type { MeasurementKind } from "../../src/trial/measurement.js";
import { stream } from "../../src/util/random.js";
import type { Stream } from "../../src/util/random.js";
import { armsOf } from "./synthetic.js";
import type { DrawnWorld } from "./synthetic.js";

/** One trial whose result is to be drawn. */
export interface Drawing {
  readonly arm: string;
  readonly depth: number;
  readonly seed: number;
  /** N(0, 1), the same for the same source and seed (default: the trial's): arms and depths that name one source share its numbers. */
  readonly normal: (source: string, seed?: number) => number;
}

/** A number of N(0, 1) that correlates by `share` with others of the same `common`. */
export const mixed = (share: number, common: number, own: number): number => Math.sqrt(share) * common + Math.sqrt(1 - share) * own;

/** Results of a claim whose trials measure one kind, drawn trial by trial. Reading another kind, or an arm that is not measured, is an error. */
export const drawn =
  <R>(claim: Claim, kind: MeasurementKind<never, R> | MeasurementKind<unknown, R>, one: (drawing: Drawing) => R): ((size: Budget) => DrawnWorld) =>
  (size) => ({
    draw: (round): Results => {
      const streams = new Map<string, Stream>();
      const made = new Map<string, readonly R[]>();
      const normalOf =
        (trial: number) =>
        (source: string, seed = trial): number => {
          let own = streams.get(source);
          if (!own) streams.set(source, (own = stream(round, `${claim.id} ${source}`)));
          return own.normal(seed);
        };
      const draw = (name: string, depth: number): readonly R[] => {
        const arm = armsOf(claim, size).find((a) => a.name === name && a.depth === depth);
        if (!arm) throw new Error(`${claim.id} does not measure ${name} at ${depth}`);
        return arm.trials.map(({ seed }) => one({ arm: name, depth, seed, normal: normalOf(seed) }));
      };
      return {
        budget: size,
        of: <S>(asked: { readonly name: string }, name: string, depth: number): readonly S[] => {
          if (asked.name !== kind.name) throw new Error(`${claim.id} reads "${asked.name}": only "${kind.name}" is made here`);
          const key = `${name} at ${depth}`;
          let results = made.get(key);
          if (!results) made.set(key, (results = draw(name, depth)));
          return results as readonly unknown[] as readonly S[];
        },
      };
    },
  });
