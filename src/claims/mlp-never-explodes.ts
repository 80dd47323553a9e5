import { activation } from "../theory/activation.js";
import { factor } from "../util/format.js";
import type { Arm, ArmKind, Budget, Claim, Results, RuleContext } from "./claim.js";
import { arms, controlArm, testArm } from "./shared/arms.js";
import { deepest, growthRow, rate, total } from "./shared/evidence-rows.js";
import { explodes, growsLittle } from "./shared/growth.js";
import type { Growth } from "./shared/growth.js";
import { every, otherwise, some } from "./shared/predicates.js";
import { claim } from "./shared/rule.js";
import type { Rule } from "./shared/rule.js";

/** σ_w²; He's is 2. */
const VARIANCES = [1, 2, 3, 4];

const kindOf = (weightVariance: number): ArmKind =>
  (weightVariance === 2 ? controlArm : testArm)({ network: "mlp", activation: "relu", weightVariance });

const sweep = (budget: Budget, shrink: number): readonly Arm[] =>
  VARIANCES.flatMap((v) => arms(budget, kindOf(v), { net: { arch: "mlp", init: { scheme: "he", weightVariance: v * shrink } } }));

function measure(results: Results, context: RuleContext) {
  const { depths, width } = results.budget;
  const phi = activation("relu");
  const networks = VARIANCES.map((sigmaW2): Growth & { readonly sigmaW2: number } => {
    const totals = depths.map((depth) => {
      const law = total(context.laws.plain({ phi, sigmaW2, depth, width }), depth);
      return growthRow(results, context, { arm: kindOf(sigmaW2), depth, law });
    });
    return { sigmaW2, totals, end: deepest(totals), rate: rate(results, context, kindOf(sigmaW2)) };
  });
  return { networks, depth: deepest(depths), evidence: [...networks.flatMap((n) => n.totals), ...networks.map((n) => n.rate)] };
}

type Facts = ReturnType<typeof measure>;

const said = ({ networks }: Facts): string => networks.map((n) => `${factor(n.end.measured.value)} at σ_w² = ${n.sigmaW2}`).join(", ");

const RULE: Rule<Facts> = [
  {
    verdict: "REFUTED",
    when: some("for", "σ_w²", (f) => f.networks, explodes),
    say: (f) => `It does where its weights are large: over ${f.depth} layers the squared gradient changes ${said(f)}.`,
  },
  {
    verdict: "SUPPORTED",
    when: every("for", "σ_w²", (f) => f.networks, growsLittle),
    say: (f) => `It grows at no weight variance: over ${f.depth} layers the squared gradient changes ${said(f)}.`,
  },
  {
    verdict: "UNDECIDED",
    when: otherwise,
    say: (f) => `It is not certain whether it grows: over ${f.depth} layers the squared gradient changes ${said(f)}.`,
  },
];

/** "A simple MLP never explodes on standardised data": (σ_w²/2)^L. */
export const mlpNeverExplodes: Claim = claim({
  id: "mlp-never-explodes",
  sentence: "A simple MLP never explodes on standardised data.",
  from: "a popular reply to the same question elsewhere",
  experiment: "Plain ReLU networks on N(0, 1) inputs with weight variances σ_w²/n, σ_w² from 1 to 4.",
  assumptions: ["at initialisation", "no norm, no skip", "inputs of mean 0 and variance 1"],
  source: "Poole et al. 2016; He et al. 2015 (initialisation)",
  trials: (budget) => sweep(budget, 1),
  measure,
  rule: RULE,
  sabotage: (budget) => sweep(budget, 0.5),
});
