import type { NetSpec } from "../nn/spec.js";
import { sumGradient } from "../trial/measurements/sum-gradient.js";
import type { SumGradientResult } from "../trial/measurements/sum-gradient.js";
import type { Arm, Claim, EvidenceRow, Results, RuleContext, Budget } from "./claim.js";
import { above, below, evidenceRow } from "./shared/old-rows.js";

interface Net {
  readonly name: string;
  readonly role: Arm["role"];
  readonly net: NetSpec;
  readonly dtype: "float32" | "float64";
  /** At the least depth only. */
  readonly once?: boolean;
}

const residual = { arch: "residual-mlp", branch: "act-weight" };
const joined = (join: "add" | "mean"): NetSpec => ({ arch: "joined-mlp", skips: 3, join });

/** Sums of trunk and branch; of a value and three skipped ones; with convolutions and BatchNorm. The control divides: it takes means. */
const nets = (join: "add" | "mean"): readonly Net[] => [
  { name: "x + W·ReLU(x)", role: "test", net: residual, dtype: "float64" },
  { name: "x + W·ReLU(x), float32", role: "test", net: residual, dtype: "float32" },
  { name: "sum of x and three skips", role: "test", net: joined(join), dtype: "float64" },
  { name: "convolutions, BatchNorm", role: "test", net: { arch: "residual-conv", norm: "batch", input: [2, 5, 5] }, dtype: "float64", once: true },
  { name: "mean of x and three skips", role: "control", net: joined("mean"), dtype: "float64" },
];
const NETS = nets("add");

const WIDTH = 32;
const EXAMPLES = 4;
/** At most: every sum of every network is looked at for itself, and a few seeds of them are thousands of sums. */
const SEEDS = 20;

const sweep = ({ depths, seeds }: Budget, list: readonly Net[]): readonly Arm[] =>
  list.flatMap(({ name, role, net, dtype, once }) =>
    depths.slice(0, once === true ? 1 : depths.length).map((depth) => ({
      name,
      role,
      depth,
      trials: Array.from({ length: Math.min(SEEDS, seeds) }, (_, seed) => ({
        net: { ...net, depth, width: once === true ? 4 : WIDTH, classes: null },
        batch: { examples: EXAMPLES },
        measure: "sum-gradient",
        seed,
        dtype,
      })),
    })),
  );

const BITS = "share of the bits of the gradient at the summands that are those of the gradient at the sum: the worst sum";
const EXACT = "gradient at a summand over that at the sum, by backpropagation: the one furthest from 1";
const QUOTIENT = "gradient at a summand over that at the sum, by difference quotients: the one furthest from 1";
const times = (what: string): string => `${what}, after it was multiplied by the number of summands`;

type Joins = SumGradientResult["joins"];
type Ratio = (j: Joins[number]) => readonly number[];
const exact: Ratio = (j) => j.shares;
const quotients: Ratio = (j) => (j.quotients ?? []).slice(1);

/** Of all ratios of a network, times `factor` of the number of summands, the one that is furthest from 1. */
const furthest = (joins: Joins, ratio: Ratio, factor: (parts: number) => number): number =>
  joins.flatMap((j) => ratio(j).map((v) => v * factor(j.parts))).reduce((w, v) => (Math.abs(v - 1) > Math.abs(w - 1) ? v : w), 1);

/** How far from 1 still counts as 1: difference quotients are not exact. */
const DELTA = 1e-3;
const isOne = (f: EvidenceRow): boolean => above(f, 1 - DELTA) && below(f, 1 + DELTA);

interface Part {
  readonly net: Net;
  readonly sums: number;
  /** Every summand gets the gradient of the sum: bit for bit, and by differences. */
  readonly copied: boolean;
  /** Every summand gets it divided by the number of summands. */
  readonly divided: boolean;
  readonly evidence: readonly EvidenceRow[];
}

function part(results: Results, context: RuleContext, net: Net, depth: number): Part {
  const measured = results.of(sumGradient, net.name, depth).map((r) => r.joins.filter((j) => j.op !== "concat"));
  const of = (what: string, read: (joins: Joins) => number): EvidenceRow =>
    evidenceRow(measured.map(read), context, { arm: net.name, role: net.role, depth, what });
  const ratios = (factor: (parts: number) => number, name: (what: string) => string): readonly EvidenceRow[] => [
    of(name(EXACT), (joins) => furthest(joins, exact, factor)),
    ...(net.dtype === "float64" ? [of(name(QUOTIENT), (joins) => furthest(joins, quotients, factor))] : []),
  ];
  const bits = of(BITS, (joins) => Math.min(...joins.map((j) => j.equalBits)));
  const [plain, multiplied] = [ratios(() => 1, String), ratios((parts) => parts, times)];
  return {
    net,
    sums: measured.reduce((n, joins) => n + joins.length, 0),
    copied: bits.measured.low === 1 && plain.every(isOne),
    divided: multiplied.every(isOne),
    evidence: [bits, ...plain, ...(net.role === "control" ? multiplied : [])],
  };
}

/** "The gradient is divided by x + the number of skipped connections": what backpropagation gives to the two sides of a sum. */
export const gradientDivided: Claim = {
  id: "gradient-divided",
  sentence: "The gradient is divided by x + the number of skipped connections.",
  from: "a reply of the thread",
  experiment:
    `The exact gradient at every summand of every sum that joins activations, held bit for bit against the gradient of the sum, in float64 and float32 (width ${WIDTH}); and ` +
    "difference quotients of the loss, summand by summand, at three sums of each network. The control takes means of its skips: there the gradient is divided.",
  rule:
    `REFUTED: in every network all bits at all summands are those of the sum, difference quotients find the whole gradient at each within ${DELTA}, and in the control both find ` +
    "it divided by the number of summands. SUPPORTED: in every network it is divided so. CONDITIONAL: in some, and copied in the others.",
  assumptions: ["sums of two to four values, whatever they are made of", "the claim is read as one divisor: the number of values summed"],
  source: "own experiment; ∂(x₁ + x₂)/∂x₁ = 1, He et al. 2016 (identity mappings), equation 5",
  picture: EXACT,
  trials: (size) => sweep(size, NETS),
  judge(results, context) {
    const { depths } = results.budget;
    const parts = NETS.flatMap((net) => depths.slice(0, net.once === true ? 1 : depths.length).map((depth) => part(results, context, net, depth)));
    const [test, control] = (["test", "control"] as const).map((role) => parts.filter((p) => p.net.role === role)) as [Part[], Part[]];
    const evidence = parts.flatMap((p) => p.evidence);
    const count = test.reduce((n, p) => n + p.sums, 0);
    const seen = control.every((p) => p.divided && !p.copied);
    if (!seen) return { verdict: "UNDECIDED", evidence, sentence: "Means, which do divide, were not seen to: nothing can be said of sums." };
    if (test.every((p) => p.copied)) {
      const sentence =
        `It is not: at all ${count} sums both sides (and up to four) receive the gradient of the sum, every bit of it, and moving one of them alone moves the loss as ` +
        "moving the sum does. Where skips are averaged it is divided, by the mean.";
      return { verdict: "REFUTED", evidence, sentence };
    }
    if (test.every((p) => p.divided))
      return { verdict: "SUPPORTED", evidence, sentence: `At all ${count} sums it is divided by the number of summands.` };
    if (test.every((p) => p.divided || p.copied))
      return {
        verdict: "CONDITIONAL",
        evidence,
        sentence: `Divided in ${test
          .filter((p) => p.divided)
          .map((p) => p.net.name)
          .join(", ")}; copied in the others.`,
      };
    return {
      verdict: "UNDECIDED",
      evidence,
      sentence: "Summands receive neither the gradient of the sum nor a part of it that follows from their number.",
    };
  },
  sabotage: (size) => sweep(size, nets("mean")),
};
