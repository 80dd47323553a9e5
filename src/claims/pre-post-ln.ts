import type { NetSpec } from "../nn/spec.js";
import { activation } from "../theory/activation.js";
import type { Laws } from "../theory/laws.js";
import { isKnown } from "../theory/prediction.js";
import { profile } from "../trial/measurements/profile.js";
import type { ProfileResult } from "../trial/measurements/profile.js";
import { mean } from "../math/statistics.js";
import { decimals, factor } from "../util/format.js";
import type { Arm, ArmKind, Budget, Claim, EvidenceRow, Results, RuleContext } from "./claim.js";
import { arms, branchNet, controlArm, testArm } from "./shared/arms.js";
import { besideLaw, deepest, evidenceRow, growthRow, less, slopeRow, total } from "./shared/evidence-rows.js";
import type { Factors } from "./shared/factors.js";
import { all, below, bound, followsLaw, given, keepsToLaw, named, otherwise, within } from "./shared/predicates.js";
import { logarithmOf, numberOf } from "./shared/quantity.js";
import type { NamedQuantity } from "./shared/quantity.js";
import { claim } from "./shared/rule.js";
import type { Rule } from "./shared/rule.js";

type Placement = "pre" | "post";
const PLACEMENTS: readonly Placement[] = ["pre", "post"];

/** A kind of network whose last layer is followed over the depth. */
interface Kind {
  readonly arm: (p: Placement) => ArmKind;
  readonly net: (p: Placement) => NetSpec;
  readonly width: number;
  readonly examples: number;
  /** The name of the last block's last matrix. */
  readonly last: (depth: number) => string;
  readonly at: Readonly<Record<Budget["name"], { readonly depths: readonly number[]; readonly seeds: number }>>;
}

const placed = (placement: Placement, more: Factors = {}): ArmKind =>
  (placement === "pre" ? testArm : controlArm)({ skip: true, norm: "layer", placement, ...more });

/** One matrix a block: what the law is about. Behind the last block stands a norm, as Transformers have it. */
const CHAIN: Kind = {
  arm: (p) => placed(p),
  net: (p) => branchNet(placed(p).factors, { bias: false }),
  width: 128,
  examples: 16,
  last: (depth) => `block${depth}/branch/linear/weight`,
  at: { quick: { depths: [6, 24, 96], seeds: 40 }, full: { depths: [6, 12, 24, 48, 96, 192, 384, 768], seeds: 40 } },
};

const TRANSFORMER: Kind = {
  arm: (p) => placed(p, { network: "transformer" }),
  net: (p) => ({ arch: "transformer", placement: p, length: 8, activation: "relu", bias: false }),
  width: 32,
  examples: 4,
  last: (depth) => `layer${depth}/feedforward/linear2/weight`,
  at: { quick: { depths: [6, 12, 24], seeds: 20 }, full: { depths: [6, 12, 24, 48, 96], seeds: 20 } },
};

const growing = (p: Placement): ArmKind => placed(p, { classes: "none" });

/** `really` says where the norms of an arm really stand. */
const sweep = (budget: Budget, really: (p: Placement) => Placement): readonly Arm[] => [
  ...[CHAIN, TRANSFORMER].flatMap(({ arm, net, width, examples, at }) =>
    PLACEMENTS.flatMap((p) => {
      const measured = { width, examples, measure: { name: "profile", parameters: true }, dtype: "float32", ...at[budget.name] } as const;
      return arms(budget, arm(p), { net: { ...net(really(p)), classes: width }, ...measured });
    }),
  ),
  ...PLACEMENTS.flatMap((p) => arms(budget, growing(p), { net: CHAIN.net(really(p)), dtype: "float32" })),
];

const NORM = logarithmOf("norm of the gradient of the last block's last matrix");
const SLOPE = numberOf("change of that logarithm for one of the law's, ½·ln(1 + kL)");
const OVER_LN = numberOf("change of that logarithm for one of ln L");
const SOURCE = "Xiong et al. 2020, theorem 1";
/** Of a slope: a tenth, the least margin on a total. */
const MARGIN = 0.1;
/** Powers of the depth: of a gradient that falls at all, and how far from 0 that of one may lie that stays. */
const FALLS = -0.25;
const STAYS = 0.2;
/** How far the slopes of two placements may lie apart and still be alike: where the law parts them they lie 1 apart. */
const ALIKE = 0.2;

/** ln ‖∂W‖ of the last block, for every depth a column of seeds. A block that has another name in the measured network is an error of the rule. */
function lastLayers(results: Results, kind: Kind, p: Placement): readonly (readonly number[])[] {
  const { depths } = kind.at[results.budget.name];
  return depths.map((depth) => results.of(profile, kind.arm(p).name, depth).map((r: ProfileResult) => r.parameters?.[kind.last(depth)] ?? NaN));
}

/** How much more the slope is with norms before the branch than behind the sum, seed by seed: 0, were the placements alike. */
function apart(results: Results, kind: Kind, xs: readonly number[], context: RuleContext, { what }: NamedQuantity): EvidenceRow {
  const [pre, post] = [lastLayers(results, kind, "pre"), lastLayers(results, kind, "post")];
  const columns = pre.map((values, i) => less(values, post[i]!));
  const quantity = numberOf(`${what}: norms before more than behind`);
  return slopeRow(xs, columns, context, { quantity, arm: kind.arm("pre"), role: "contrast", depth: null });
}

/** ½·ln(1 + kL), the law's logarithm for pre-LN, by depth; undefined where it is silent. */
function lawAt(laws: Laws, placement: Placement, depths: readonly number[]): readonly number[] | undefined {
  const list = depths.map((depth) => laws.lastLayerNorm({ phi: activation("relu"), placement, depth }));
  return list.every(isKnown) ? list.map((l) => l.lnNorm) : undefined;
}

/** The last gradient at every depth. The law's constant is not known: its mean over the depths is taken from the measurement, and how it changes is compared. */
function pointsOf(results: Results, context: RuleContext, kind: Kind, p: Placement, law: readonly number[] | undefined): readonly EvidenceRow[] {
  const columns = lastLayers(results, kind, p);
  const level = law && mean(columns[0]!.map((_, s) => mean(columns.map((c, i) => c[s]! - law[i]!))));
  return kind.at[results.budget.name].depths.map((depth, i) => {
    const expected = law && { value: level! + law[i]!, margin: MARGIN, source: `${SOURCE}; its constant from the measurement` };
    return evidenceRow(columns[i]!, context, { quantity: NORM, arm: kind.arm(p), depth }, expected);
  });
}

function measure(results: Results, context: RuleContext) {
  const { depths, width, name } = results.budget;
  const chainDepths = CHAIN.at[name].depths;
  const laws = { pre: lawAt(context.laws, "pre", chainDepths), post: lawAt(context.laws, "post", chainDepths) };
  const xs = laws.pre ?? chainDepths.map(Math.log);
  const points = [CHAIN, TRANSFORMER].flatMap((kind) =>
    PLACEMENTS.flatMap((p) => pointsOf(results, context, kind, p, kind === CHAIN ? laws[p] : undefined)),
  );
  const chain = PLACEMENTS.map((p) => {
    const row = slopeRow(xs, lastLayers(results, CHAIN, p), context, { quantity: SLOPE, arm: CHAIN.arm(p), depth: null });
    return { ...row, law: besideLaw(row.measured, laws.pre && { value: p === "pre" ? 1 : 0, margin: MARGIN, source: SOURCE }) };
  });
  const lnDepths = TRANSFORMER.at[name].depths.map(Math.log);
  const attention = PLACEMENTS.map((p) =>
    slopeRow(lnDepths, lastLayers(results, TRANSFORMER, p), context, { quantity: OVER_LN, arm: TRANSFORMER.arm(p), depth: null }),
  ) as [EvidenceRow, EvidenceRow];
  const grown = PLACEMENTS.map((p) =>
    depths.map((depth) => {
      const law = total(context.laws.placed({ phi: activation("relu"), placement: p, depth, width }), depth);
      return growthRow(results, context, { arm: growing(p), depth, law });
    }),
  );
  const differences = [apart(results, CHAIN, xs, context, SLOPE), apart(results, TRANSFORMER, lnDepths, context, OVER_LN)] as const;
  return {
    chainDepths,
    depths,
    chain,
    attention,
    grown,
    differences,
    evidence: [...points, ...chain, ...attention, ...differences, ...grown.flat()],
  };
}

type Facts = ReturnType<typeof measure>;

function said({ chainDepths, depths, chain, attention, grown }: Facts): string {
  const power = (row: EvidenceRow): string => decimals(row.measured.value, 2);
  const end = (i: number): string => factor(deepest(grown[i]!).measured.value);
  return (
    `from ${chainDepths[0]} to ${deepest(chainDepths)} blocks the gradient of the last matrix follows 1/√(1 + kL) to the power ${power(chain[0]!)} with norms before the branch, ` +
    `and to the power ${power(chain[1]!)} with norms behind the sum; in Transformers it goes as L^${power(attention[0])} and as L^${power(attention[1])}; ` +
    `from output to input the squared gradient grows ${end(0)} and ${end(1)} over ${deepest(depths)} blocks`
  );
}

const CHAIN_EXPONENT = "the exponent of 1/√(1 + kL) in the norm of the last matrix's gradient";
const PRE_CHAIN = named<Facts>(CHAIN_EXPONENT, (f) => f.chain.slice(0, 1));
const POST_CHAIN = named<Facts>(CHAIN_EXPONENT, (f) => f.chain.slice(1));
const DEPTH_EXPONENT = "the exponent of L in the norm of the last matrix's gradient";
const PRE_ATTENTION = named<Facts>(DEPTH_EXPONENT, (f) => f.attention[0]);
const POST_ATTENTION = named<Facts>(DEPTH_EXPONENT, (f) => f.attention[1]);
const GROWN = named<Facts>("the growth of the squared gradient from output to input", (f) => f.grown.flat());
const DIFFERENCES = named<Facts>("the difference between the exponents of both placements", (f) => f.differences);

const RULE: Rule<Facts> = [
  {
    verdict: "SUPPORTED",
    when: all<Facts>(
      given("in the chain with norms before the branch", followsLaw(PRE_CHAIN, `1 within ${MARGIN}`)),
      given("in the chain with norms behind the sum", followsLaw(POST_CHAIN, `0 within ${MARGIN}`)),
      given("in Transformers with norms before the branch", below(PRE_ATTENTION, bound(FALLS))),
      given("in Transformers with norms behind the sum", within(POST_ATTENTION, bound(STAYS))),
      keepsToLaw(GROWN),
    ),
    say: (f) => `It does: ${said(f)}.`,
  },
  {
    verdict: "REFUTED",
    when: given("in the chain and in Transformers", within(DIFFERENCES, bound(ALIKE))),
    say: (f) => `Both placements behave alike: ${said(f)}.`,
  },
  { verdict: "UNDECIDED", when: otherwise, say: (f) => `The placements do not differ as the law has it, or too few seeds tell: ${said(f)}.` },
];

/** Where a Transformer normalises: gradient of the last layer over depth, c/√(1 + kL) against constant. */
export const prePostLn: Claim = claim({
  id: "pre-post-ln",
  sentence: "Where a Transformer normalises decides how its gradients behave with depth.",
  from: "Xiong et al. 2020",
  experiment:
    "Norm of the gradient of the last block's last matrix over the depth, with LayerNorm before the branch and behind the sum: chains of one matrix a block, L = 6 to 96 (full: 768), and " +
    "Transformers with attention, L = 6 to 24 (full: 96); and the gradient's growth from output to input.",
  assumptions: [
    "at initialisation",
    "ReLU, He weights",
    "a norm before the classes: it is what divides the last gradient by the length of the trunk, which norms behind the sum keep from growing",
    "cotangents drawn from N(0, 1) on the classes of every position",
    "the .2 within which slopes are alike was chosen after first runs, as their spread has it",
  ],
  source: "Xiong et al. 2020, theorem 1",
  picture: NORM.what,
  trials: (budget) => sweep(budget, (p) => p),
  measure,
  rule: RULE,
  sabotage: (budget) => sweep(budget, () => "post"),
});
