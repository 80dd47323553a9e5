import { activation } from "../theory/activation.js";
import type { Arm, Claim, Budget } from "./claim.js";
import { arms } from "./shared/arms.js";
import { HUNDRED, RATE, above, below, deepest, factor, growthRow, rate, total } from "./shared/evidence-rows.js";

/** σ_w²; He's is 2. */
const VARIANCES = [1, 2, 3, 4];

const name = (v: number): string => `ReLU MLP, σ_w² = ${v}`;

const sweep = (size: Budget, shrink: number): readonly Arm[] =>
  VARIANCES.flatMap((v) =>
    arms(size, {
      name: name(v),
      role: v === 2 ? "control" : "test",
      net: () => ({ arch: "mlp", init: { scheme: "he", weightVariance: v * shrink } }),
    }),
  );

/** "A simple MLP never explodes on standardised data": (σ_w²/2)^L. */
export const mlpNeverExplodes: Claim = {
  id: "mlp-never-explodes",
  sentence: "A simple MLP never explodes on standardised data.",
  from: "a popular reply to the same question elsewhere",
  experiment: "Plain ReLU networks on N(0, 1) inputs with weight variances σ_w²/n, σ_w² from 1 to 4.",
  rule: "REFUTED: at some σ_w² the squared gradient grows by more than 5 % a layer and beyond 100 on the norm at the greatest depth. SUPPORTED: at none does it grow by 5 % a layer.",
  assumptions: ["at initialisation", "no norm, no skip", "inputs of mean 0 and variance 1"],
  source: "Poole et al. 2016; He et al. 2015 (initialisation)",
  trials: (size) => sweep(size, 1),
  judge(results, context) {
    const { depths, width } = results.size;
    const phi = activation("relu");
    const totals = VARIANCES.map((v) =>
      depths.map((depth) => {
        const law = total(context.laws.plain({ phi, sigmaW2: v, depth, width }), depth);
        return growthRow(results, context, { arm: name(v), role: v === 2 ? "control" : "test", depth, law });
      }),
    );
    const rates = VARIANCES.map((v) => rate(results, context, name(v), v === 2 ? "control" : "test"));
    const evidence = [...totals.flat(), ...rates];
    const said = VARIANCES.map((v, i) => `${factor(deepest(totals[i]!).measured.value)} at σ_w² = ${v}`).join(", ");
    if (VARIANCES.some((_, i) => above(rates[i]!, RATE) && above(deepest(totals[i]!), HUNDRED)))
      return {
        verdict: "REFUTED",
        evidence,
        sentence: `It does where its weights are large: the squared gradient over ${deepest(depths)} layers changes ${said}.`,
      };
    if (rates.every((r) => below(r, RATE))) return { verdict: "SUPPORTED", evidence, sentence: `At no weight variance does it grow: ${said}.` };
    return { verdict: "UNDECIDED", evidence, sentence: `Neither growth nor its absence is certain: ${said}.` };
  },
  sabotage: (size) => sweep(size, 0.5),
};
