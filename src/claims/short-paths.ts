import { activation } from "../theory/activation.js";
import type { BranchStep } from "../theory/branch.js";
import { normBranch, singleBranch } from "../theory/laws/residual.js";
import { isKnown } from "../theory/prediction.js";
import { pathShares } from "../trial/measurements/path-shares.js";
import { percent } from "../util/format.js";
import type { Arm, ArmKind, Budget, Claim, EvidenceRow, Expected, Results, RuleContext } from "./claim.js";
import { arms, branchNet, controlArm, testArm } from "./shared/arms.js";
import { deepest, evidenceRow } from "./shared/evidence-rows.js";
import type { Factors } from "./shared/factors.js";
import { above, all, below, bound, every, followsLaw, given, named, on, otherwise, term } from "./shared/predicates.js";
import { numberOf } from "./shared/quantity.js";
import type { NamedQuantity } from "./shared/quantity.js";
import { claim } from "./shared/rule.js";
import type { Rule } from "./shared/rule.js";

const BARE = controlArm({ skip: true });
const SMALL: readonly ArmKind[] = [
  testArm({ skip: true, branchScale: 0.5 }),
  testArm({ skip: true, branchScale: "1/sqrt(L)" }),
  testArm({ skip: true, norm: "layer" }),
];
const KINDS: readonly ArmKind[] = [BARE, ...SMALL];

const RELU = activation("relu");
const branchOf = ({ norm }: Factors): readonly BranchStep[] => (norm === "layer" ? normBranch(RELU, "layer") : singleBranch(RELU));
/** α at depth L. */
const scaleAt = ({ branchScale = 1 }: Factors, depth: number): number => (typeof branchScale === "number" ? branchScale : 1 / Math.sqrt(depth));

/** The depth is at most the 54 blocks of Veit et al.: every number of crossed branches has a cotangent of its own, which makes L²/2 passes through a block. */
const DEEPEST = 54;
const WIDTH = 128;
const EXAMPLES = 8;
/** Below, a third of the branches is no number to speak of. */
const SHALLOWEST = 10;
const depthsOf = ({ depths }: Budget): readonly number[] => [...new Set(depths.map((l) => Math.max(SHALLOWEST, Math.min(l, DEEPEST))))];

/** `really` says what the branch of an arm really is. */
const sweep = (budget: Budget, really: (f: Factors) => Factors): readonly Arm[] =>
  KINDS.flatMap((kind) => {
    const net = branchNet(really(kind.factors));
    return arms(budget, kind, { net, depths: depthsOf(budget), width: WIDTH, seeds: budget.seeds, examples: EXAMPLES, measure: "path-shares" });
  });

/** Short: a third of the branches at most. */
const shortest = (depth: number): number => Math.floor(depth / 3);
const upTo = (shares: readonly number[], k: number): number => shares.slice(0, k + 1).reduce((s, v) => s + v, 0);

/** Shares of Σ‖P_k‖², from logarithms. */
function sharesOf(lnSquares: readonly number[]): readonly number[] {
  const top = Math.max(...lnSquares);
  const squares = lnSquares.map((v) => Math.exp(v - top));
  const sum = squares.reduce((s, v) => s + v, 0);
  return squares.map((v) => v / sum);
}

/** C(L, k)/2^L, k = 0 … L: how many of all paths cross k branches. */
function countsOf(depth: number): readonly number[] {
  let counts = [1];
  for (let l = 0; l < depth; l++) counts = [...counts, 0].map((c, k) => (c + (counts[k - 1] ?? 0)) / 2);
  return counts;
}

const lnOfSum = (ln: readonly number[]): number => {
  const top = Math.max(...ln);
  return top + Math.log(ln.reduce((s, v) => s + Math.exp(v - top), 0));
};

const SHORT = numberOf("share of the squared gradient on paths that cross a third of the branches or less");
const MEAN = numberOf("branches crossed, mean over the squared gradient");
const CROSS = numberOf("share of the squared gradient that is in products of paths of different lengths");

/** δ on a share. */
const MARGIN = 0.05;
const SOURCE = "own recursion for the gains; the coefficients of Π(1 + g_l·z), with equal gains the binomial × p^k of Veit, Wilber & Belongie 2016";

/** One network at one depth. */
interface Point {
  readonly kind: ArmKind;
  readonly short: EvidenceRow;
  readonly evidence: readonly EvidenceRow[];
}

function pointOf(results: Results, context: RuleContext, kind: ArmKind, depth: number): Point {
  const { factors } = kind;
  const measured = results.of(pathShares, kind.name, depth);
  const residual = context.laws.residual({ branch: branchOf(factors), branchScale: scaleAt(factors, depth), depth });
  const gains = isKnown(residual)
    ? (residual.profile ?? []).slice(1).map((p, l) => Math.expm1(residual.profile![l]!.lnGradientSquare - p.lnGradientSquare))
    : undefined;
  const law = gains && context.laws.pathShares(gains);
  const expected = (value: number, margin: number): Expected => ({ value, margin, source: SOURCE });
  const shares = measured.map((m) => sharesOf(m.lnSquares));
  const lengthOf = (list: readonly number[]): number => list.reduce((s, v, k) => s + k * v, 0);
  const row = (quantity: NamedQuantity, values: readonly number[], lawful?: Expected): EvidenceRow =>
    evidenceRow(values, context, { arm: kind, depth, quantity }, lawful);
  const shortShares = shares.map((s) => upTo(s, shortest(depth)));
  const short = row(SHORT, shortShares, law && expected(upTo(law, shortest(depth)), MARGIN));
  const length = row(MEAN, shares.map(lengthOf), law && expected(lengthOf(law), Math.max(0.2, 0.05 * lengthOf(law))));
  const products = measured.map((m) => -Math.expm1(lnOfSum(m.lnSquares) - m.lnSum));
  return { kind, short, evidence: [short, length, row(CROSS, products)] };
}

function measure(results: Results, context: RuleContext) {
  const depths = depthsOf(results.budget);
  const networks = KINDS.map((kind) => depths.map((depth) => pointOf(results, context, kind, depth)));
  const [bare, ...small] = networks;
  return { networks, bare: bare!, small, depth: deepest(depths), evidence: networks.flat().flatMap((p) => p.evidence) };
}

type Facts = ReturnType<typeof measure>;

function said({ networks, depth }: Facts): string {
  const counts = percent(upTo(countsOf(depth), shortest(depth)));
  const each = networks.map((n) => `${percent(deepest(n).short.measured.value)} (${deepest(n).kind.name})`).join(", ");
  return `of ${depth} blocks, paths through at most ${shortest(depth)} branches are ${counts} of all paths, and hold ${each} of the squared gradient`;
}

/** "Carry": three quarters of the squared gradient. */
const MOST = 0.75;
const SHARE = "the share of Σ‖P_k‖² on paths that cross at most a third of the branches";
const CARRIED = named<readonly Point[]>(SHARE, (n) => n.map((p) => p.short));
const EVERY_SHARE = named<Facts>("that share in every network", (f) => f.networks.flat().map((p) => p.short));
const most = term(
  "short paths carry the gradient",
  "short paths are not shown to carry the gradient",
  given("at every depth", above(CARRIED, bound(MOST))),
);
const least = term("short paths carry little of it", "short paths may carry it", given("at every depth", below(CARRIED, bound(1 - MOST))));

const RULE: Rule<Facts> = [
  { verdict: "SUPPORTED", when: every("in", "network", (f) => f.networks, most), say: (f) => `They do: ${said(f)}.` },
  { verdict: "REFUTED", when: every("in", "network", (f) => f.networks, least), say: (f) => `They do not: ${said(f)}.` },
  {
    verdict: "CONDITIONAL",
    when: all<Facts>(
      every("in", "network whose branch is small against the trunk", (f) => f.small, most),
      on("with the bare branch", (f) => f.bare, least),
      followsLaw(EVERY_SHARE, "which the gains of the branches give"),
    ),
    say: (f) => `It is the size of the branch that decides: ${said(f)}.`,
  },
  {
    verdict: "UNDECIDED",
    when: otherwise,
    say: (f) => `Short paths do not carry the gradient everywhere, nor as the gains of the branches have it: ${said(f)}.`,
  },
];

/** "Few short paths carry the gradient": shares of the squared gradient by the number of branches crossed. */
export const shortPaths: Claim = claim({
  id: "short-paths",
  sentence: "Few short paths carry the gradient.",
  from: "Veit, Wilber & Belongie 2016, cited in the thread's discussion",
  experiment:
    `The backward polynomial at initialisation: one cotangent for every number of branches crossed, in residual ReLU networks (width ${WIDTH}) whose branches are bare, halved, divided by √L, ` +
    "or normalised.",
  assumptions: [
    "at initialisation",
    "ReLU, He weights",
    "short paths are few: 17 % of all at 10 blocks, 2 % at 40",
    "shares of Σ‖P_k‖²: products of paths of different lengths are shown beside them, and average out",
  ],
  source: "Veit, Wilber & Belongie 2016, section 4; the law by own recursion",
  missing: "shares in trained networks; deletion of single blocks from trained residual and VGG networks",
  picture: SHORT.what,
  trials: (budget) => sweep(budget, (f) => f),
  measure,
  rule: RULE,
  sabotage: (budget) => sweep(budget, () => BARE.factors),
});
