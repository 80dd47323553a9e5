import { activation } from "../theory/activation.js";
import { singleBranch } from "../theory/laws/residual.js";
import { factor } from "../util/format.js";
import type { Arm, ArmKind, Budget, Claim, Results, RuleContext } from "./claim.js";
import { arms, branchNet, controlArm, testArm } from "./shared/arms.js";
import { deepest, growthRow, rate, total } from "./shared/evidence-rows.js";
import type { Factors } from "./shared/factors.js";
import { endsBelow, explodes, grows, growsLittle } from "./shared/growth.js";
import type { Growth } from "./shared/growth.js";
import { all, every, followsLaw, given, keepsToLaw, named, on, otherwise, some } from "./shared/predicates.js";
import { claim } from "./shared/rule.js";
import type { Rule } from "./shared/rule.js";

type BranchScale = NonNullable<Factors["branchScale"]>;

const BARE = controlArm({ skip: true, branchScale: 1 });
const HALF = controlArm({ skip: true, branchScale: 0.5 });
const SMALL = (["1/sqrt(L)", "1/L", 0] as const).map((branchScale) => testArm({ skip: true, branchScale }));
const KINDS: readonly ArmKind[] = [BARE, HALF, ...SMALL];

/** α at depth L. */
const scaleAt = ({ factors: { branchScale = 1 } }: ArmKind, depth: number): number =>
  branchScale === "1/sqrt(L)" ? 1 / Math.sqrt(depth) : branchScale === "1/L" ? 1 / depth : branchScale;

const sweep = (budget: Budget, scaleOf: (kind: ArmKind) => BranchScale): readonly Arm[] =>
  KINDS.flatMap((kind) => arms(budget, kind, { net: branchNet({ ...kind.factors, branchScale: scaleOf(kind) }) }));

function measure(results: Results, context: RuleContext) {
  const { depths, width } = results.budget;
  const phi = activation("relu");
  const networks = KINDS.map((kind): Growth & { readonly kind: ArmKind } => {
    const totals = depths.map((depth) => {
      const law = total(context.laws.residual({ branch: singleBranch(phi), branchScale: scaleAt(kind, depth), depth, width }), depth);
      return growthRow(results, context, { arm: kind, depth, law });
    });
    return { kind, totals, end: deepest(totals), rate: rate(results, context, kind) };
  });
  const [bare, half, ...small] = networks;
  return { networks, bare: bare!, half: half!, small, evidence: [...networks.flatMap((n) => n.totals), ...networks.map((n) => n.rate)] };
}

type Facts = ReturnType<typeof measure>;

const said = ({ networks }: Facts): string => networks.map((n) => `${factor(n.end.measured.value)} with ${n.kind.name}`).join(", ");
const over = (f: Facts): string => `over ${f.bare.end.depth} blocks`;

const BARE_OR_SMALL = named<Facts>("the growth of the squared gradient", (f) => [f.bare, ...f.small].flatMap((n) => n.totals));
const HALVED = named<Facts>("the growth of the squared gradient", (f) => f.half.totals);

const RULE: Rule<Facts> = [
  {
    verdict: "REFUTED",
    when: some("with", "α of 1/√L or less", (f) => f.small, explodes),
    say: (f) => `A small branch explodes too: ${over(f)} the squared gradient grows ${said(f)}.`,
  },
  {
    verdict: "SUPPORTED",
    when: all<Facts>(
      every("with", "α of 1/√L or less", (f) => f.small, all<Growth>(growsLittle, endsBelow)),
      on("with α = 1", (f) => f.bare, explodes),
      on("with α = 1/2", (f) => f.half, grows),
      given("with every α but 1/2", followsLaw(BARE_OR_SMALL, "(1 + α²)^L")),
      given("with α = 1/2", keepsToLaw(HALVED, "(1 + α²)^L")),
    ),
    say: (f) => `The squared gradient grows as (1 + α²)^L: ${over(f)} it grows ${said(f)}.`,
  },
  {
    verdict: "UNDECIDED",
    when: otherwise,
    say: (f) => `The networks do not differ as the claim has it, or leave the law: ${over(f)} the squared gradient grows ${said(f)}.`,
  },
];

/** Small branches make skips safe: (1 + α²)^L stays bounded when α² = O(1/L). */
export const scaledBranch: Claim = claim({
  id: "scaled-branch",
  sentence: "Small branches, α² = O(1/L), are what makes skips safe.",
  from: "the answer that this panel tests: what stops the explosion if the skip does not",
  experiment: "Residual ReLU networks x + α·F(x) with α = 1 and 1/2 at every depth, 1/√L, 1/L and 0.",
  assumptions: ["at initialisation", "ReLU, He weights, no norm"],
  source: "Hanin & Rolnick 2018; De & Smith 2020; Zhang, Dauphin & Ma 2019 (Fixup)",
  trials: (budget) => sweep(budget, (kind) => kind.factors.branchScale ?? 1),
  measure,
  rule: RULE,
  sabotage: (budget) => sweep(budget, (kind) => (kind.role === "control" ? 0 : (kind.factors.branchScale ?? 1))),
});
