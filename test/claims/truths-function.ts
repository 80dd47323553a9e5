import type { Claim, Budget } from "../../src/claims/claim.js";
import { RATE, deepest } from "../../src/claims/shared/evidence-rows.js";
import { mean, variance } from "../../src/math/statistics.js";
import { stream } from "../../src/util/random.js";
import { drawnWorld } from "./drawn-world.js";
import type { DrawnWorld } from "./synthetic.js";
import type { TruthCase } from "./truths.js";

type Three = readonly [number, number, number];

/** Spreads of one seed are those of small runs, at 40 blocks and the width of the quick size; they grow as √(L/n). */
const scaled = (depth: number, width: number, at: number): number => Math.sqrt(((depth / 40) * at) / width);

/** How much more slowly the Jacobian turns with the skip, by branch, as found. */
const LESS = [0.18, -0.87, 0.03, 0.47, 0.87, 0.64];

/**
 * Architectures are drawn anew in every round: their roughness is normal, with a skip that of the same branch without it less `less`; growth is linear in it, with such noise
 * that the correlation of ranks is ρ (2·sin(πρ/6) the correlation, Pearson 1907).
 */
const smootherWorld =
  (claim: Claim, less: readonly number[], rho: number) =>
  (size: Budget): DrawnWorld => {
    const names = claim.trials(size).map((a) => a.name).filter((n) => !n.endsWith(", loss")); // prettier-ignore
    const branches = names.filter((n) => names.includes(`x + ${n}`));
    const shifts = new Map(branches.map((n, i) => [`x + ${n}`, less[i]!]));
    const moved = names.map((n) => -(shifts.get(n) ?? 0));
    const spread = Math.sqrt(0.6 ** 2 + (variance(moved) * (names.length - 1)) / names.length);
    const beta = 2 * Math.sin((Math.PI * rho) / 6);
    return drawnWorld(claim, size, (round) => {
      const random = stream(round, "architectures");
      const at = (name: string): number => names.indexOf(name);
      const rough = (name: string): number =>
        shifts.has(name) ? rough(name.slice("x + ".length)) - shifts.get(name)! : 0.6 * random.normal(at(name));
      const growth = (name: string): number =>
        4 * ((beta * (rough(name) - mean(moved))) / spread + Math.sqrt(1 - beta * beta) * random.normal(1000 + at(name)));
      const means = new Map(names.map((n) => [n, [rough(n), growth(n)] as const]));
      return (arm, _depth, z) => {
        const found = means.get(arm);
        if (!found) return { function: null, loss: { loss: 2.6, lnCurvature: 4 + z.own(0), lnLipschitz: 3 + z.own(1), lnGradient: 1.5 + z.own(2) } };
        const [turn, growing] = [found[0] + 0.07 * z.shared(0, 0.3), found[1] + 0.45 * z.shared(1, 0.1)];
        return {
          function: {
            mixes: arm.includes("BN"),
            lnJacobian: 1.2 + turn,
            lnJacobianRaw: turn + growing / 2,
            lnLength: 0.3 * z.own(2),
            lnLengthRaw: growing / 2,
            lnRegions: null,
            lnGrowth: growing,
          },
          loss: null,
        };
      };
    });
  };

const PLAIN_RANKS: Three = [1.37, 1.4, 3.27];
const RANK_SPREADS = { plain: [0.28, 0.29, 0.018], skip: [0.18, 0.022, 0.012] } as const;
const ranked = ["W·ReLU(x)", "W·ReLU(LN x)", "W·ReLU(BN(x))"];

/** By how much the rank is larger with the skip, in ln, and residual blocks miss plain ones by more. */
const featureWorld =
  (claim: Claim, more: Three, misses: number) =>
  (size: Budget): DrawnWorld =>
    drawnWorld(claim, size, () => (arm, depth, z) => {
      if (arm.startsWith("one block")) {
        const residual = arm.includes("x + ");
        const other = Math.exp(0.31 + (residual ? 0 : misses) + 0.075 * z.shared(0, 0.6));
        const own = Math.exp(-0.15 + 0.1 * z.shared(1, 0.6));
        return { change: 1, output: 1, plain: residual ? other : own, residual: residual ? own : other };
      }
      const skip = arm.startsWith("x + ");
      const i = ranked.indexOf(skip ? arm.slice("x + ".length) : arm);
      const rank =
        PLAIN_RANKS[i]! + (skip ? more[i]! : 0) + (skip ? RANK_SPREADS.skip : RANK_SPREADS.plain)[i]! * scaled(depth, size.width, 128) * z.own(0);
      return {
        boundaries: [0, depth],
        rank: [24, Math.exp(rank)],
        centredRank: [23, Math.exp(rank)],
        before: [null, 0.99],
        first: [1, 0.3 + 0.03 * z.own(1)],
      };
    });

const answering = ["W·ReLU(x)", "W·tanh(x), σ_w² = 4", "W·ReLU(BN(x))"];
const ANSWER_SPREADS = { plain: [1.1, 0.54, 0.5], skip: [0.85, 0.4, 0.32] } as const;
const GAP_SPREADS = { plain: [0.15, 0.38, 0.48], skip: [0.17, 0.3, 0.17] } as const;

/** By how much the squared relative answer is greater without the skip, in ln at the greatest depth, and by how much forward mode exceeds reverse mode. */
const answerWorld =
  (claim: Claim, more: (end: number) => Three, gap = 0) =>
  (size: Budget): DrawnWorld => {
    const end = deepest(size.depths);
    const width = Math.min(size.width, size.name === "full" ? 128 : 64);
    return drawnWorld(claim, size, () => (arm, depth, z) => {
      const rebalanced = arm.includes("half of the layers");
      if (arm.endsWith(", profile")) return { lnGradient: [(rebalanced ? 28 : 1) + 0.2 * z.own(0), 0] };
      const skip = arm.startsWith("x + ");
      const i = answering.indexOf(skip ? arm.slice("x + ".length) : arm);
      const spread = i < 0 ? 1 : (skip ? ANSWER_SPREADS.skip : ANSWER_SPREADS.plain)[i]!;
      // Rebalanced weights leave every answer as it is.
      const noise = scaled(depth, width, 64) * (i < 0 ? z.shared(0, 1) : z.own(0));
      const relative = (i < 0 || skip ? 0 : (more(end)[i]! * depth) / end) + spread * noise;
      const answer = { raw: relative, relative };
      const off = (v: number): typeof answer => ({ raw: relative + v, relative: relative + v });
      const apart = (i < 0 ? 0.2 : (skip ? GAP_SPREADS.skip : GAP_SPREADS.plain)[i]!) * Math.sqrt((64 / width) * (depth / 10)) * z.shared(1, 0.2);
      return {
        mixes: arm.includes("BN"),
        subspace: 8,
        isotropic: answer,
        inside: off(0.3 * z.own(2)),
        off: off(0.3 * z.own(3)),
        alone: { ...off(z.own(4)), others: 4 + 0.4 * z.own(5) },
        lnForward: relative + gap + apart,
        lnBackward: relative,
      };
    });
  };

/** Truths of claims about a network's function: how smooth it is, what features span, how it answers. */
export const FUNCTION_TRUTHS: Readonly<Record<string, (claim: Claim) => readonly TruthCase[]>> = {
  smoother: (claim) => {
    const world = (less: readonly number[], rho: number): ((size: Budget) => DrawnWorld) => smootherWorld(claim, less, rho);
    const delta = Math.log(1.05);
    const bound = Math.SQRT1_2;
    const all = [0.5, 0.5, 0.5, 0.5, 0.5, 0.5];
    const but = (list: readonly number[], one: number): readonly number[] => [one, ...list.slice(1)];
    const rougher = all.map((v) => -v);
    return [
      { name: "as found: by branch, ρ = .5", world: world(LESS, 0.5), right: ["CONDITIONAL"], wanted: "CONDITIONAL" },
      { name: "by branch, and related", world: world(LESS, 0.95), right: ["CONDITIONAL"], wanted: "CONDITIONAL" },
      { name: "smoother with every branch, unrelated", world: world(all, 0), right: ["SUPPORTED"], wanted: "SUPPORTED" },
      { name: "smoother with every branch, and related", world: world(all, 0.97), right: ["REFUTED"], wanted: "REFUTED" },
      { name: "rougher with every branch", world: world(rougher, 0), right: ["REFUTED"], wanted: "REFUTED" },
      { name: "smoother with every branch, ρ exactly √½", world: world(all, bound), right: [] },
      { name: "smoother with every branch, ρ exactly −√½", world: world(all, -bound), right: [] },
      { name: "smoother with all but one, exactly 5 %", world: world(but(all, delta), 0), right: [] },
      { name: "rougher with all but one, exactly 5 %", world: world(but(rougher, -delta), 0), right: [] },
      { name: "rougher with all but one, smoother by exactly 5 %", world: world(but(rougher, delta), 0), right: [] },
      { name: "related, rougher with one by exactly 5 %", world: world(but(all, -delta), 0.97), right: [] },
    ];
  },
  "smaller-feature-space": (claim) => {
    const world = (more: Three, misses: number): ((size: Budget) => DrawnWorld) => featureWorld(claim, more, misses);
    return [
      { name: "as found: nowhere smaller, classes alike", world: world([0.64, 1.73, 0.012], 0), right: ["REFUTED"], wanted: "REFUTED" },
      {
        name: "the contrary: smaller, and residual blocks express less",
        world: world([-0.6, -0.5, -0.4], 0.4),
        right: ["SUPPORTED"],
        wanted: "SUPPORTED",
      },
      { name: "smaller with one branch, larger with another", world: world([0.64, -0.6, 0], 0), right: ["CONDITIONAL"], wanted: "CONDITIONAL" },
      { name: "larger, with one branch smaller by exactly 5 %", world: world([0.64, 1.73, -0.05], 0), right: [] },
      { name: "larger with one branch by exactly 5 %, else the same", world: world([0, 0, 0.05], 0), right: [] },
      { name: "nowhere smaller, classes apart by exactly .1", world: world([0.64, 1.73, 0.012], 0.1), right: [] },
      { name: "smaller with all but one, exactly 5 %", world: world([-0.6, -0.5, -0.05], 0.4), right: [] },
      { name: "smaller with all, classes apart by exactly .1", world: world([-0.6, -0.5, -0.4], 0.1), right: [] },
      { name: "larger with one branch, smaller with another by exactly 5 %, classes apart", world: world([0.64, 1.73, -0.05], 0.4), right: [] },
    ];
  },
  perturbation: (claim) => {
    const world = (more: (end: number) => Three, gap = 0): ((size: Budget) => DrawnWorld) => answerWorld(claim, more, gap);
    const found = (end: number): Three => [-0.02 * end, 0.1 * end, 0.41 * end];
    return [
      { name: "as found: by branch", world: world(found), right: ["CONDITIONAL"], wanted: "CONDITIONAL" },
      { name: "greater with every branch", world: world((end) => [0.2 * end, 0.2 * end, 0.4 * end]), right: ["SUPPORTED"], wanted: "SUPPORTED" },
      { name: "greater with none", world: world((end) => [-0.02 * end, -0.1 * end, 0]), right: ["REFUTED"], wanted: "REFUTED" },
      { name: "greater with all but one, exactly 5 % a block", world: world((end) => [RATE * end, 0.2 * end, 0.4 * end]), right: [] },
      { name: "greater with none but one, exactly 5 % a block", world: world((end) => [-0.05 * end, RATE * end, -0.1 * end]), right: [] },
      { name: "exactly 5 % a block with every branch", world: world((end) => [RATE * end, RATE * end, RATE * end]), right: [] },
      { name: "forward over reverse mode exactly .15", world: world(found, 0.15), right: [] },
      { name: "forward over reverse mode .4", world: world(found, 0.4), right: [] },
    ];
  },
};
