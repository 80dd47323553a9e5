import type { NetSpec } from "../nn/spec.js";
import { sumGradient } from "../trial/measurements/sum-gradient.js";
import type { SumGradientResult } from "../trial/measurements/sum-gradient.js";
import type { Arm, ArmKind, Budget, Claim, EvidenceRow, Results, RuleContext } from "./claim.js";
import { arms, branchNet, controlArm, testArm } from "./shared/arms.js";
import { evidenceRow } from "./shared/evidence-rows.js";
import type { Factors } from "./shared/factors.js";
import { COMPOUND, all, any, every, fact, isAbove, isBelow, not, otherwise, term } from "./shared/predicates.js";
import { numberOf } from "./shared/quantity.js";
import type { NamedQuantity } from "./shared/quantity.js";
import { claim } from "./shared/rule.js";
import type { Rule } from "./shared/rule.js";

/** Sums of trunk and branch; of a value and three skipped ones; with convolutions and BatchNorm. The control divides: it takes means. */
const KINDS: readonly ArmKind[] = [
  testArm({ skip: true }),
  testArm({ skip: true, dtype: "float32" }),
  testArm({ network: "join", join: "add", skips: 3 }),
  testArm({ network: "residual conv", skip: true, norm: "batch" }),
  controlArm({ network: "join", join: "mean", skips: 3 }),
];

const WIDTH = 32;
const EXAMPLES = 4;
/** At most: every sum of every network is looked at for itself, and a few seeds of them are thousands of sums. */
const SEEDS = 20;

const isConv = ({ factors }: ArmKind): boolean => factors.network === "residual conv";
/** Convolutions at the least depth only. */
const depthsOf = (kind: ArmKind, { depths }: Budget): readonly number[] => (isConv(kind) ? depths.slice(0, 1) : depths);

function netOf({ network, skips }: Factors, join: Factors["join"]): NetSpec {
  if (network === "residual conv") return { arch: "residual-conv", norm: "batch", input: [2, 5, 5], width: 4 };
  return network === "join" ? { arch: "joined-mlp", skips, join } : branchNet({ skip: true });
}

/** `joinOf` says how an arm really joins. */
const sweep = (budget: Budget, joinOf: (join: Factors["join"]) => Factors["join"]): readonly Arm[] =>
  KINDS.flatMap((kind) =>
    arms(budget, kind, {
      net: netOf(kind.factors, joinOf(kind.factors.join)),
      depths: depthsOf(kind, budget),
      width: WIDTH,
      seeds: Math.min(SEEDS, budget.seeds),
      examples: EXAMPLES,
      measure: "sum-gradient",
      dtype: kind.factors.dtype ?? "float64",
    }),
  );

const BITS = numberOf("share of the bits of the gradient at the summands that are those of the gradient at the sum: the worst sum");
const EXACT = numberOf("gradient at a summand over that at the sum, by backpropagation: the one furthest from 1");
const QUOTIENT = numberOf("gradient at a summand over that at the sum, by difference quotients: the one furthest from 1");
const times = ({ what }: NamedQuantity): NamedQuantity => numberOf(`${what}, after it was multiplied by the number of summands`);

type Joins = SumGradientResult["joins"];
type Ratio = (j: Joins[number]) => readonly number[];
const exact: Ratio = (j) => j.shares;
const quotients: Ratio = (j) => (j.quotients ?? []).slice(1);

/** Of all ratios of a network, times `factor` of the number of summands, the one that is furthest from 1. */
const furthest = (joins: Joins, ratio: Ratio, factor: (parts: number) => number): number =>
  joins.flatMap((j) => ratio(j).map((v) => v * factor(j.parts))).reduce((w, v) => (Math.abs(v - 1) > Math.abs(w - 1) ? v : w), 1);

/** How far from 1 still counts as 1: difference quotients are not exact. */
const DELTA = 1e-3;
const isOne = (row: EvidenceRow): boolean => isAbove(row, 1 - DELTA) && isBelow(row, 1 + DELTA);

/** What arrives at the summands of one network. */
interface Part {
  readonly kind: ArmKind;
  readonly sums: number;
  readonly bits: EvidenceRow;
  /** Gradients at summands over those at sums, and the same times the number of summands. */
  readonly plain: readonly EvidenceRow[];
  readonly multiplied: readonly EvidenceRow[];
}

function partOf(results: Results, context: RuleContext, kind: ArmKind, depth: number): Part {
  const measured = results.of(sumGradient, kind.name, depth).map((r) => r.joins.filter((j) => j.op !== "concat"));
  const of = (quantity: NamedQuantity, read: (joins: Joins) => number): EvidenceRow =>
    evidenceRow(measured.map(read), context, { arm: kind, depth, quantity });
  const ratios = (factor: (parts: number) => number, name: (quantity: NamedQuantity) => NamedQuantity): readonly EvidenceRow[] => [
    of(name(EXACT), (joins) => furthest(joins, exact, factor)),
    ...(kind.factors.dtype === "float32" ? [] : [of(name(QUOTIENT), (joins) => furthest(joins, quotients, factor))]),
  ];
  return {
    kind,
    sums: measured.reduce((n, joins) => n + joins.length, 0),
    bits: of(BITS, (joins) => Math.min(...joins.map((j) => j.equalBits))),
    plain: ratios(
      () => 1,
      (quantity) => quantity,
    ),
    multiplied: ratios((parts) => parts, times),
  };
}

function measure(results: Results, context: RuleContext) {
  const parts = KINDS.flatMap((kind) => depthsOf(kind, results.budget).map((depth) => partOf(results, context, kind, depth)));
  const [test, control] = (["test", "control"] as const).map((role) => parts.filter((p) => p.kind.role === role)) as [Part[], Part[]];
  const evidence = parts.flatMap((p) => [p.bits, ...p.plain, ...(p.kind.role === "control" ? p.multiplied : [])]);
  return { test, control, sums: test.reduce((n, p) => n + p.sums, 0), evidence };
}

type Facts = ReturnType<typeof measure>;

const copied = term(
  "the gradient is copied",
  "the gradient is not copied",
  fact<Part>(
    `the gradient at every summand is that of the sum, bit for bit and by difference quotients within ${DELTA}`,
    "the gradient at some summand is not that of the sum",
    (p) => p.bits.measured.low === 1 && p.plain.every(isOne),
    COMPOUND,
  ),
);
const divided = term(
  "the gradient is divided",
  "the gradient is not divided",
  fact<Part>(
    `the gradient at every summand is that of the sum divided by the number of summands (within ${DELTA})`,
    "the gradient at some summand is not that of the sum divided by their number",
    (p) => p.multiplied.every(isOne),
  ),
);
const sums = (f: Facts): readonly Part[] => f.test;

const RULE: Rule<Facts> = [
  {
    verdict: "UNDECIDED",
    when: not(every("in", "control network that takes means", (f) => f.control, all(divided, not(copied)))),
    say: () => "The control takes means, which divide the gradient, and this was not found: nothing can be said of sums.",
  },
  {
    verdict: "REFUTED",
    when: every("in", "network", sums, copied),
    say: (f) =>
      `It is not: at all ${f.sums} sums both sides (and up to four) receive the gradient of the sum, every bit of it, and moving one of them alone moves the loss as ` +
      "moving the sum does. Where skips are averaged it is divided, by the mean.",
  },
  {
    verdict: "SUPPORTED",
    when: every("in", "network", sums, divided),
    say: (f) => `At all ${f.sums} sums it is divided by the number of summands.`,
  },
  {
    verdict: "CONDITIONAL",
    when: every("in", "network", sums, any(divided, copied)),
    say: (f) => `It is divided in ${[...new Set(f.test.filter(divided.holds).map((p) => p.kind.name))].join(", ")} and copied in the others.`, // prettier-ignore
  },
  {
    verdict: "UNDECIDED",
    when: otherwise,
    say: () => "Summands receive neither the gradient of the sum nor a part of it that follows from their number.",
  },
];

/** "The gradient is divided by x + the number of skipped connections": what backpropagation gives to the two sides of a sum. */
export const gradientDivided: Claim = claim({
  id: "gradient-divided",
  sentence: "The gradient is divided by x + the number of skipped connections.",
  from: "a reply of the thread",
  experiment:
    `The exact gradient at every summand of every sum that joins activations, compared bit for bit with the gradient of the sum, in float64 and float32 (width ${WIDTH}); and ` +
    "difference quotients of the loss, summand by summand, at three sums of each network. The control takes means of its skips: there the gradient is divided.",
  assumptions: ["sums of two to four values, whatever they are made of", "the claim is read as one divisor: the number of values summed"],
  source: "own experiment; ∂(x₁ + x₂)/∂x₁ = 1, He et al. 2016 (identity mappings), equation 5",
  picture: EXACT.what,
  trials: (budget) => sweep(budget, (join) => join),
  measure,
  rule: RULE,
  sabotage: (budget) => sweep(budget, () => "mean"),
});
