import { activation } from "../theory/activation.js";
import { singleBranch } from "../theory/laws/residual.js";
import type { Arm, Claim, Budget } from "./claim.js";
import { arms, branchNet } from "./shared/arms.js";
import { HUNDRED, RATE, above, below, contrast, deepest, factor, growthRow, lawsHeld, rate, total } from "./shared/evidence-rows.js";

/** Branches through which gradients vanish: W·φ(x). With its skip ReLU fluctuates most: more seeds; tanh lies farthest from the wide limit: more width. */
const BRANCHES = [
  { phi: "relu", sigmaW2: 0.5, seeds: 2.5, wider: 1 },
  { phi: "tanh", sigmaW2: 0.5, seeds: 1, wider: 2 },
  { phi: "sigmoid", sigmaW2: 1, seeds: 1, wider: 1 },
] as const;
type Branch = (typeof BRANCHES)[number];

const skipped = (b: Branch): string => `x + W·${b.phi}(x), σ_w² = ${b.sigmaW2}`;
const plain = (b: Branch): string => `W·${b.phi}(x), σ_w² = ${b.sigmaW2}`;

const sweep = (size: Budget, skip: boolean): readonly Arm[] =>
  BRANCHES.map((b) => ({ b, own: { ...size, width: b.wider * size.width } })).flatMap(({ b, own }) => [
    ...arms(own, { name: skipped(b), role: "test", net: () => branchNet(skip, b.sigmaW2, { activation: b.phi }), seeds: b.seeds }),
    ...arms(own, { name: plain(b), role: "control", net: () => branchNet(false, b.sigmaW2, { activation: b.phi }) }),
  ]);

/** "Skips let the gradient reach early layers with greater magnitude": where it vanishes without them. */
export const earlierLayersGetMore: Claim = {
  id: "earlier-layers-get-more",
  sentence: "Skip connections let the gradient reach the early layers with greater magnitude.",
  from: "the thread's agreed part: skips against vanishing gradients",
  experiment:
    "Branches through which the gradient vanishes (ReLU of half the critical gain squared, tanh, sigmoid), with and without the skip; tanh at twice the width.",
  rule:
    "SUPPORTED: with every branch the squared gradient falls by more than 5 % a layer without the skip, does not fall below 1/100 on the norm with it, is greater at the " +
    "input with it, and both follow their laws. REFUTED: with every branch the skip adds less than 5 % a layer. CONDITIONAL: greater with some branches only.",
  assumptions: ["at initialisation", "no norm"],
  source: "He et al. 2016 (identity mappings), equation 5; the laws by the recursion of mean-field theory",
  trials: (size) => sweep(size, true),
  judge(results, context) {
    const { depths } = results.size;
    const parts = BRANCHES.map((b) => {
      const width = b.wider * results.size.width;
      const phi = activation(b.phi);
      const skip = depths.map((depth) => {
        const law = total(context.laws.residual({ branch: singleBranch(phi, b.sigmaW2), depth, width }), depth);
        return growthRow(results, context, { arm: skipped(b), role: "test", depth, law });
      });
      const control = depths.map((depth) => {
        // The first φ sees the input itself: as a plain layer σ_w²·q = 1.
        const law = total(context.laws.plain({ phi, sigmaW2: b.sigmaW2, inputSquare: 1 / b.sigmaW2, depth, width }), depth);
        return growthRow(results, context, { arm: plain(b), role: "control", depth, law });
      });
      const more = contrast(results, context, { arm: skipped(b), control: plain(b), depth: deepest(depths) });
      return { b, skip, control, more, falls: rate(results, context, plain(b), "control") };
    });
    const totals = parts.flatMap((p) => [...p.skip, ...p.control]);
    const evidence = [...totals, ...parts.flatMap((p) => [p.more, p.falls])];
    const said = parts
      .map((p) => `${p.b.phi} ${factor(deepest(p.control).measured.value)} without, ${factor(deepest(p.skip).measured.value)} with`)
      .join("; ");
    const helps = parts.map((p) => below(p.falls, -RATE) && above(p.more, 0) && above(deepest(p.skip), -HUNDRED));
    const fails = parts.map((p) => below(p.more, RATE * deepest(depths)));
    const where = `the squared gradient at the input over that at the output of ${deepest(depths)} blocks: ${said}`;
    if (helps.every(Boolean) && lawsHeld(totals) === "equal") return { verdict: "SUPPORTED", evidence, sentence: `It does: ${where}.` };
    if (fails.every(Boolean)) return { verdict: "REFUTED", evidence, sentence: `The skip adds nothing: ${where}.` };
    if (helps.some(Boolean) && fails.some(Boolean)) return { verdict: "CONDITIONAL", evidence, sentence: `With some branches only: ${where}.` };
    return { verdict: "UNDECIDED", evidence, sentence: `The arms leave their laws, or too few seeds tell: ${where}.` };
  },
  sabotage: (size) => sweep(size, false),
};
