import type { Claim, Results, Budget } from "../../src/claims/claim.js";
import { laws } from "../../src/theory/laws.js";
import { pathShares } from "../../src/trial/measurements/path-shares.js";
import type { PathShares } from "../../src/probe/path-shares.js";
import { shattering } from "../../src/trial/measurements/shattering.js";
import type { Shattering } from "../../src/probe/shattering.js";
import { drawn, mixed } from "./drawn.js";
import type { DrawnWorld } from "./synthetic.js";
import type { TruthCase } from "./truths.js";

/** Share of the squared gradient on short paths, by arm and depth. */
type Short = (arm: string, depth: number) => number;

/** Deviation of ln(share/(1 − share)) over √L: .07 to .16 at 10 blocks, .15 to .2 at 40, measured. */
const SHORT_SPREAD = 0.035;
const [BARE, HALF, ROOT, NORM] = ["x + W·ReLU(x)", "x + W·ReLU(x)/2", "x + W·ReLU(x)/√L", "x + W·ReLU(LN x)"] as const;

/** Short paths all cross no branch, the others all of them: the rule reads nothing but the two sums. */
const paths = (claim: Claim, short: Short): TruthCase["world"] =>
  drawn(claim, pathShares, ({ arm, depth, normal }): PathShares => {
    const mean = short(arm, depth);
    const share = Math.min(1 - 1e-12, Math.max(1e-12, mean * (1 + (1 - mean) * SHORT_SPREAD * Math.sqrt(depth) * normal(`${arm} ${depth}`))));
    const lnSquares = Array.from({ length: depth + 1 }, (_, k) => (k === 0 ? Math.log(share) : k === depth ? Math.log(1 - share) : -Infinity));
    return { lnSquares, lnSum: 0.1 * normal(`cross ${arm} ${depth}`), lnGradient: 0, residue: 0 };
  });

/** Squared gain of the l-th branch, l = 1 … L, beside its skip. With a norm the trunk has a mean square of l there: its own input is 1. */
const gainOf = (arm: string, l: number, depth: number): number => (arm === BARE ? 1 : arm === HALF ? 0.25 : arm === ROOT ? 1 / depth : 1 / l);

/** Coefficients of Π(1 + g_l·z) up to a third of the depth, over all. */
function lawful(arm: string, depth: number): number {
  let shares = [1];
  for (let l = 1; l <= depth; l++) {
    const g = gainOf(arm, l, depth);
    shares = [...shares, 0].map((s, k) => (s + g * (shares[k - 1] ?? 0)) / (1 + g));
  }
  return shares.slice(0, Math.floor(depth / 3) + 1).reduce((sum, s) => sum + s, 0);
}
const found: Short = (() => {
  const kept = new Map<string, number>();
  return (arm, depth) => {
    const key = `${arm} ${depth}`;
    if (!kept.has(key)) kept.set(key, lawful(arm, depth));
    return kept.get(key)!;
  };
})();

const SHALLOWEST = 10;
const at10 =
  (short: Short, arm: string, value: number): Short =>
  (a, depth) =>
    a === arm && depth === SHALLOWEST ? value : short(a, depth);
const same =
  (value: number): Short =>
  () =>
    value;
/** The thresholds of the rule, and δ of its law. */
const [MOST, MARGIN] = [0.75, 0.05];

/** Mean correlation by arm and depth. */
type Correlation = (arm: string, depth: number) => number;

/**
 * Measured with real inputs: .019 and .029 at 2 layers, .014 to .023 beyond, and .01 to .016 where branches are scaled, whose depths correlate by .65; with masks
 * .004 to .016.
 */
const spreadOf = (arm: string, depth: number): number =>
  !arm.endsWith("real inputs") ? 0.012 : arm.includes("√L") ? 0.013 : depth === 2 ? 0.024 : 0.019;
const [MASKED, REAL] = ["independent masks", "real inputs"];

const correlations = (claim: Claim, truth: (size: Budget) => Correlation): TruthCase["world"] => {
  return (size): DrawnWorld => {
    const mean = truth(size);
    return drawn(claim, shattering, ({ arm, depth, normal }): Shattering => {
      const shared = arm.includes("√L") ? 0.65 : 0.2;
      const noise = mixed(shared, normal(arm), normal(`${arm} ${depth}`));
      return { gradients: mean(arm, depth) + spreadOf(arm, depth) * noise, inputs: 0, outputs: 0.5 };
    })(size);
  };
};

/** What the laws have, by arm and depth: read off the figures of the claim. */
function lawsOf(claim: Claim, size: Budget): ReadonlyMap<string, number> {
  const flat: Results = drawn(claim, shattering, (): Shattering => ({ gradients: 0.5, inputs: 0, outputs: 0 }))(size).draw(0);
  return new Map(claim.judge(flat, { comparisons: 1, laws }).evidence.map((f) => [`${f.arm} ${f.depth}`, f.law!.value]));
}

const deepestOf = (size: Budget): number => (size.name === "quick" ? 20 : 50);
const PLAIN = "ReLU(W·x)";
const isPlain = (arm: string): boolean => arm.startsWith(PLAIN);
/** δ of the laws; noise; what is none. */
const [LAW, NOISE, KEPT] = [0.03, 0.1, 0.5];

/** Truths of the claims on paths, and on what examples' gradients have in common. */
export const PATH_TRUTHS: Readonly<Record<string, (claim: Claim) => readonly TruthCase[]>> = {
  "short-paths": (claim) => [
    { name: "as found: by the branches' gains", world: paths(claim, found), right: ["CONDITIONAL"], wanted: "CONDITIONAL" },
    { name: "short ones carry 95 % in every network", world: paths(claim, same(0.95)), right: ["SUPPORTED"], wanted: "SUPPORTED" },
    { name: "they carry 5 % in every one", world: paths(claim, same(0.05)), right: ["REFUTED"], wanted: "REFUTED" },
    { name: "95 %, but in one network exactly 75 % at 10 blocks", world: paths(claim, at10(same(0.95), NORM, MOST)), right: [] },
    { name: "5 %, but in one exactly 25 % at 10 blocks", world: paths(claim, at10(same(0.05), BARE, 1 - MOST)), right: [] },
    { name: "exactly 75 % in every one", world: paths(claim, same(MOST)), right: [] },
    { name: "exactly 25 % in every one", world: paths(claim, same(1 - MOST)), right: [] },
    {
      name: "by the gains, but one exactly .05 below its law at 10",
      world: paths(claim, at10(found, HALF, lawful(HALF, SHALLOWEST) - MARGIN)),
      right: [],
    },
    {
      name: "by the gains, but the bare one exactly .05 above at 10",
      world: paths(claim, at10(found, BARE, lawful(BARE, SHALLOWEST) + MARGIN)),
      right: [],
    },
    { name: "small branches 95 %, the bare one 5 %, not by the gains", world: paths(claim, (arm) => (arm === BARE ? 0.05 : 0.95)), right: [] },
  ],
  shattering: (claim) => {
    const kept = new Map<Budget, ReadonlyMap<string, number>>();
    /** The world of the laws, but where `odd` says otherwise. */
    const world = (odd: (arm: string, depth: number, law: number, size: Budget) => number | undefined): TruthCase["world"] =>
      correlations(claim, (size) => {
        if (!kept.has(size)) kept.set(size, lawsOf(claim, size));
        return (arm, depth) => {
          const law = kept.get(size)!.get(`${arm} ${depth}`)!;
          return odd(arm, depth, law, size) ?? law;
        };
      });
    /** The plain network's correlations at every depth: with masks, with real inputs. */
    const plain = (masks: number, inputs: number): TruthCase["world"] =>
      world((arm) => (isPlain(arm) ? (arm.endsWith(MASKED) ? masks : inputs) : undefined));
    return [
      { name: "as found: by their laws", world: world(() => undefined), right: ["SUPPORTED"], wanted: "SUPPORTED" },
      { name: "the contrary: the plain one keeps .7", world: plain(0.7, 0.7), right: ["REFUTED"], wanted: "REFUTED" },
      { name: "noise with masks, .7 with real inputs", world: plain(0.03, 0.7), right: ["CONDITIONAL"], wanted: "CONDITIONAL" },
      { name: "the plain one keeps exactly .5", world: plain(KEPT, KEPT), right: [] },
      { name: "exactly .5 with masks, .7 with real inputs", world: plain(KEPT, 0.7), right: [] },
      { name: "noise with masks, exactly .5 with real inputs", world: plain(0.03, KEPT), right: [] },
      { name: "exactly .1 with masks, .7 with real inputs", world: plain(NOISE, 0.7), right: [] },
      {
        name: "by the laws, but the plain one ends exactly at .1",
        world: world((arm, depth, _, size) => (isPlain(arm) && depth === deepestOf(size) ? NOISE : undefined)),
        right: [],
      },
      {
        name: "by the laws, but scaled branches end exactly at .5",
        world: world((arm, depth, _, size) => (arm.includes("√L") && depth === deepestOf(size) ? KEPT : undefined)),
        right: [],
      },
      {
        name: "one exactly .03 off its law at 2 layers",
        world: world((arm, depth, law) => (arm === `${PLAIN}, ${REAL}` && depth === 2 ? law + LAW : undefined)),
        right: [],
      },
      {
        name: "one exactly .03 off its law at 10: it does not leave it",
        world: world((arm, depth, law) => (arm === `x + W·ReLU(x), ${REAL}` && depth === 10 ? law + LAW : undefined)),
        right: ["SUPPORTED"],
      },
      {
        name: "one .06 off its law at 10",
        world: world((arm, depth, law) => (arm === `x + W·ReLU(x), ${REAL}` && depth === 10 ? law + 2 * LAW : undefined)),
        right: [],
      },
    ];
  },
};
