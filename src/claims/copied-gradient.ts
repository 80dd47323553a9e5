import { activation } from "../theory/activation.js";
import { singleBranch } from "../theory/laws/residual.js";
import type { Arm, Claim, Budget } from "./claim.js";
import { arms, branchNet } from "./shared/arms.js";
import { RATE, above, below, contrast, deepest, lawsHeld, rate, scaleFreeOf, totalDifference } from "./shared/evidence-rows.js";

/** Squared gains of the branch: each layer alone multiplies the squared gradient by it. */
const GAINS = [0.01, 0.05, 0.25, 1, 1.5, 2, 4];

const skipped = (g: number): string => `x + W·ReLU(x), branch gain ${g}`;
const plain = (g: number): string => `W·ReLU(x), gain ${g}`;

/** Margins are wide where ((1 + g)/g)^L is large. */
const seedsOf = (g: number): number => (g < 1 ? 0.85 : 1.5);

const sweep = (size: Budget, skip: boolean): readonly Arm[] =>
  GAINS.flatMap((g) => [
    ...arms(size, { name: skipped(g), role: "test", net: () => branchNet(skip, 2 * g), seeds: seedsOf(g) }),
    ...arms(size, { name: plain(g), role: "control", net: () => branchNet(false, 2 * g), seeds: seedsOf(g) }),
  ]);

/** "y = x1 + x2 copies a large dy into both": the raw gradient is larger by ((1 + g)/g)^L for every branch gain g. */
export const copiedGradient: Claim = {
  id: "copied-gradient",
  sentence: "y = x1 + x2: a large dy is copied into both paths, and this speeds up the exploding.",
  from: "the question itself",
  experiment:
    "The same branch with and without the skip, for branch gains from .01 to 4 on the squared gradient; also the gradient scale coefficient, free of units.",
  rule:
    "SUPPORTED: at every gain and depth the skip multiplies the squared gradient by ((1 + g)/g)^L, within the margin of the protocol, and by more than 5 % a block. " +
    "REFUTED: at every gain the skip leaves it as it was or smaller. CONDITIONAL: it grows with some gains and not with others.",
  assumptions: [
    "at initialisation",
    "ReLU, no norm",
    "raw gradients: the skip lets activations grow alike, and the coefficient free of units does not grow",
  ],
  source: "own experiment; the law by the recursion of mean-field theory",
  trials: (size) => sweep(size, true),
  judge(results, context) {
    const { depths, width } = results.size;
    const phi = activation("relu");
    const contrasts = GAINS.map((g) =>
      depths.map((depth) => {
        const residual = context.laws.residual({ branch: singleBranch(phi, 2 * g), depth, width });
        const law = totalDifference(residual, context.laws.plain({ phi, sigmaW2: 2 * g, depth, width }), depth);
        return contrast(results, context, { arm: skipped(g), control: plain(g), depth, law });
      }),
    );
    const free = GAINS.map((g) => rate(results, context, skipped(g), "test", scaleFreeOf)).map((f) => ({
      ...f,
      what: "ln of the squared gradient scale coefficient, per block",
    }));
    const evidence = [...contrasts.flat(), ...free];
    const grows = contrasts.map((c) => c.every((f) => above(f, RATE * f.depth!)));
    const stays = contrasts.map((c) => c.every((f) => below(f, RATE * f.depth!)));
    const largest = Math.max(...free.map((f) => Math.abs(f.measured.value)));
    const said = `over ${deepest(depths)} blocks the skip adds ${contrasts.map((c, i) => `${deepest(c).measured.value.toFixed(1)} (g = ${GAINS[i]})`).join(", ")} to the logarithm of the squared gradient`;
    if (grows.every(Boolean) && lawsHeld(contrasts.flat()) === "equal") {
      const sentence = `The gradient is copied, and grows by ((1 + g)/g)^L: ${said}. Activations grow alike: free of units it changes by at most ${largest.toFixed(3)} a block.`;
      return { verdict: "SUPPORTED", evidence, sentence };
    }
    if (stays.every(Boolean)) return { verdict: "REFUTED", evidence, sentence: `The skip adds nothing: ${said}.` };
    if (grows.some(Boolean) && stays.some(Boolean)) return { verdict: "CONDITIONAL", evidence, sentence: `It depends on the branch: ${said}.` };
    return {
      verdict: "UNDECIDED",
      evidence,
      sentence: `The growth does not follow the law at every gain and depth, or too few seeds tell: ${said}.`,
    };
  },
  sabotage: (size) => sweep(size, false),
};
