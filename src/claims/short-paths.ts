import type { NetSpec } from "../nn/spec.js";
import { activation } from "../theory/activation.js";
import type { Activation } from "../theory/activation.js";
import type { BranchStep } from "../theory/branch.js";
import { normBranch, singleBranch } from "../theory/laws/residual.js";
import { isKnown } from "../theory/prediction.js";
import { pathShares } from "../trial/measurements/path-shares.js";
import type { Arm, Claim, EvidenceRow, Results, RuleContext, Budget } from "./claim.js";
import { branchNet } from "./shared/old-arms.js";
import { above, below, deepest, evidenceRow, lawsHeld } from "./shared/old-rows.js";

interface Net {
  readonly name: string;
  readonly role: Arm["role"];
  readonly net: NetSpec;
  readonly branch: (phi: Activation) => readonly BranchStep[];
  /** α at depth L. */
  readonly scale: (depth: number) => number;
}

const one = (): number => 1;
const bare = (phi: Activation): readonly BranchStep[] => singleBranch(phi);
const NETS: readonly Net[] = [
  { name: "x + W·ReLU(x)", role: "control", net: branchNet(true, 2), branch: bare, scale: one },
  { name: "x + W·ReLU(x)/2", role: "test", net: branchNet(true, 2, { branchScale: 0.5 }), branch: bare, scale: () => 0.5 },
  { name: "x + W·ReLU(x)/√L", role: "test", net: branchNet(true, 2, { branchScale: "1/sqrt(L)" }), branch: bare, scale: (l) => 1 / Math.sqrt(l) },
  {
    name: "x + W·ReLU(LN x)",
    role: "test",
    net: branchNet(true, 2, { norm: "layer", branch: "norm-act-weight" }),
    branch: (phi) => normBranch(phi, "layer"),
    scale: one,
  },
];

/** Every number of branches crossed has a cotangent of its own, L²/2 walks through a block: 54 blocks are what Veit et al. looked at. */
const DEEPEST = 54;
const WIDTH = 128;
const EXAMPLES = 8;
/** Below, a third of the branches is no number to speak of. */
const SHALLOWEST = 10;
const depthsOf = ({ depths }: Budget): readonly number[] => [...new Set(depths.map((l) => Math.max(SHALLOWEST, Math.min(l, DEEPEST))))];

const sweep = (size: Budget, netOf: (n: Net) => NetSpec): readonly Arm[] =>
  NETS.flatMap((n) =>
    depthsOf(size).map((depth) => ({
      name: n.name,
      role: n.role,
      depth,
      trials: Array.from({ length: size.seeds }, (_, seed) => ({
        net: { ...netOf(n), depth, width: WIDTH, classes: null },
        batch: { examples: EXAMPLES },
        measure: "path-shares",
        seed,
        dtype: "float64" as const,
      })),
    })),
  );

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

const SHORT = "share of the squared gradient on paths that cross a third of the branches or less";
const MEAN = "branches crossed, mean over the squared gradient";
const CROSS = "share of the squared gradient that is in products of paths of different lengths";

/** δ on a share. */
const MARGIN = 0.05;
const SOURCE = "own recursion for the gains; the coefficients of Π(1 + g_l·z), with equal gains the binomial × p^k of Veit, Wilber & Belongie 2016";

interface Row {
  readonly net: Net;
  readonly depth: number;
  readonly short: EvidenceRow;
  readonly evidence: readonly EvidenceRow[];
}

function row(results: Results, context: RuleContext, net: Net, depth: number): Row {
  const measured = results.of(pathShares, net.name, depth);
  const residual = context.laws.residual({ branch: net.branch(activation("relu")), branchScale: net.scale(depth), depth });
  const gains = isKnown(residual)
    ? (residual.profile ?? []).slice(1).map((p, l) => Math.expm1(residual.profile![l]!.lnGradientSquare - p.lnGradientSquare))
    : undefined;
  const law = gains && context.laws.pathShares(gains);
  const about = { arm: net.name, role: net.role, depth };
  const held = (value: number, margin: number): { readonly value: number; readonly margin: number; readonly source: string } => ({
    value,
    margin,
    source: SOURCE,
  });
  const shares = measured.map((m) => sharesOf(m.lnSquares));
  const lengthOf = (list: readonly number[]): number => list.reduce((s, v, k) => s + k * v, 0);
  const short = evidenceRow(
    shares.map((s) => upTo(s, shortest(depth))),
    context,
    { ...about, what: SHORT, law: law && held(upTo(law, shortest(depth)), MARGIN) },
  );
  const length = evidenceRow(shares.map(lengthOf), context, {
    ...about,
    what: MEAN,
    law: law && held(lengthOf(law), Math.max(0.2, 0.05 * lengthOf(law))),
  });
  const cross = evidenceRow(
    measured.map((m) => -Math.expm1(lnOfSum(m.lnSquares) - m.lnSum)),
    context,
    { ...about, what: CROSS },
  );
  return { net, depth, short, evidence: [short, length, cross] };
}

const lnOfSum = (ln: readonly number[]): number => {
  const top = Math.max(...ln);
  return top + Math.log(ln.reduce((s, v) => s + Math.exp(v - top), 0));
};

/** "Carry": three quarters of the squared gradient. */
const MOST = 0.75;
const percent = (share: number): string => `${Number((100 * share).toPrecision(2))} %`;

/** "Few short paths carry the gradient": shares of the squared gradient by the number of branches crossed. */
export const shortPaths: Claim = {
  id: "short-paths",
  sentence: "Few short paths carry the gradient.",
  from: "Veit, Wilber & Belongie 2016, cited in the thread's discussion",
  experiment:
    `The backward polynomial at initialisation: one cotangent for every number of branches crossed, in residual ReLU networks (width ${WIDTH}) whose branches are bare, halved, divided by √L, ` +
    "or normalised.",
  rule:
    `A path is short where it crosses a third of the branches or less; such paths are few (17 % of all at 10 blocks, 2 % at 40). SUPPORTED: in every network, at every depth, they hold more than ${MOST} ` +
    `of Σ‖P_k‖². REFUTED: in none. CONDITIONAL: where the branch is small against the trunk they do, and with the bare branch they hold less than ${1 - MOST}, all as the law of the branches' gains has it.`,
  assumptions: [
    "at initialisation",
    "ReLU, He weights",
    "shares of Σ‖P_k‖²: products of paths of different lengths are shown beside them, and average out",
  ],
  source: "Veit, Wilber & Belongie 2016, section 4; the law by own recursion",
  missing: "shares in trained networks; deletion of single blocks from trained residual and VGG networks",
  picture: SHORT,
  trials: (size) => sweep(size, (n) => n.net),
  judge(results, context) {
    const depths = depthsOf(results.budget);
    const rows = NETS.map((net) => depths.map((depth) => row(results, context, net, depth)));
    const evidence = rows.flat().flatMap((r) => r.evidence);
    const most = rows.map((list) => list.every((r) => above(r.short, MOST)));
    const least = rows.map((list) => list.every((r) => below(r.short, 1 - MOST)));
    const [last, end] = [rows.map(deepest), deepest(depths)];
    const counts = upTo(countsOf(end), shortest(end));
    const said =
      `of ${end} blocks, paths through at most ${shortest(end)} branches are ${percent(counts)} of all paths, and hold ` +
      `${last.map((r) => `${percent(r.short.measured.value)} (${r.net.name})`).join(", ")} of the squared gradient`;
    if (most.every(Boolean)) return { verdict: "SUPPORTED", evidence, sentence: `They do: ${said}.` };
    if (least.every(Boolean)) return { verdict: "REFUTED", evidence, sentence: `They do not: ${said}.` };
    const small = NETS.map((n, i) => (n.role === "test" ? most[i]! : least[i]!));
    if (small.every(Boolean) && lawsHeld(rows.flat().map((r) => r.short)) === "equal")
      return { verdict: "CONDITIONAL", evidence, sentence: `It is the size of the branch that decides: ${said}.` };
    return { verdict: "UNDECIDED", evidence, sentence: `Neither everywhere nor as the branches' gains have it: ${said}.` };
  },
  sabotage: (size) => sweep(size, () => branchNet(true, 2)),
};
