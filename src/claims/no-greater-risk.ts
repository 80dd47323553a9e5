import { share, shareDifference } from "../math/share.js";
import type { Count } from "../math/share.js";
import type { Arm, Claim, EvidenceRow, Results, Budget } from "./claim.js";
import { branchNet } from "./shared/old-arms.js";
import { batchGrowthOf, deepest, readings } from "./shared/old-rows.js";

/** A factor of 10^4 on the norm, as ln of the square. */
const SPREAD = 2 * Math.log(1e4);

/** What networks are drawn from: σ_w² on either side of He's 2. */
const VARIANCES = [1, 2, 4];
const DEPTHS = [10, 20, 50];
const DRAWS: Readonly<Record<Budget["name"], number>> = { quick: 34, full: 100 };
const WIDTH = 64;
const EXAMPLES = 32;

/** A difference of risks that is none. */
const DELTA = 0.1;

const nameOf = (norm: boolean, skip: boolean, variance: number): string => `${skip ? "x + " : ""}W·ReLU(${norm ? "BN(x)" : "x"}), σ_w² = ${variance}`;

const sweep = (size: Budget, skips: boolean): readonly Arm[] =>
  [false, true].flatMap((norm) =>
    [true, false].flatMap((skip) =>
      VARIANCES.flatMap((variance) =>
        DEPTHS.map((depth): Arm => ({
          name: nameOf(norm, skip, variance),
          role: skip ? "test" : "control",
          depth,
          trials: Array.from({ length: DRAWS[size.name] }, (_, seed) => ({
            net: {
              ...branchNet(skip && skips, variance, norm ? { branch: "norm-act-weight", norm: "batch", bias: false } : {}),
              depth,
              width: WIDTH,
              classes: null,
            },
            batch: { examples: EXAMPLES },
            measure: "profile",
            seed,
          })),
        })),
      ),
    ),
  );

/** How many networks of all weight variances spread beyond 10^4 on the norm. */
function exploded(results: Results, norm: boolean, skip: boolean, depth: number): Count {
  const growths = VARIANCES.flatMap((v) => readings(results, nameOf(norm, skip, v), depth, batchGrowthOf));
  return { of: growths.filter((g) => !(g <= SPREAD)).length, among: growths.length };
}

const RISK = "share of networks whose gradient grows beyond 10^4 on the norm, from output to input";

/** "There is no greater risk of exploding gradients with skip connections": shares of drawn networks, with and without skips, with and without norms. */
export const noGreaterRisk: Claim = {
  id: "no-greater-risk",
  sentence: "There is no greater risk of exploding gradients with skip connections.",
  from: "a comment of the thread",
  experiment:
    "Share of networks drawn at initialisation, a third each with σ_w² = 1, 2 and 4, whose gradient grows beyond 10^4 on the norm: with skips and without, with BatchNorm inside the branch and without, " +
    "over 10 to 50 blocks.",
  rule:
    "Risk difference: share with skips less share without, with Newcombe's interval. No greater is a difference below .1, its whole interval; greater one above 0. SUPPORTED: it is no greater at any depth, " +
    "with norms and without. REFUTED: it is greater at some depth, with norms and without. CONDITIONAL: it is greater at some depth without norms and no greater at any with them, or the reverse.",
  assumptions: [
    "at initialisation",
    "ReLU, fully connected, width 64; BatchNorm over 32 examples in training mode",
    "a risk is one over these weight variances, each as likely as the others: its sign says something, its size is that of the list",
  ],
  source: "own experiment; the interval by Newcombe 1998",
  missing: "the share of runs that diverge, over learning rates, which needs training",
  picture: RISK,
  trials: (size) => sweep(size, true),
  judge(results, context) {
    const { comparisons } = context;
    const parts = [false, true].map((norm) => {
      const arm = norm ? "with BatchNorm in the branch" : "without norms";
      const at = DEPTHS.map((depth) => {
        const [skip, plain] = [exploded(results, norm, true, depth), exploded(results, norm, false, depth)];
        const risk = (count: Count, role: EvidenceRow["role"], name: string): EvidenceRow => ({
          what: RISK,
          arm: `${name}, ${arm}`,
          role,
          depth,
          measured: share(count, { comparisons }),
          law: null,
        });
        const difference: EvidenceRow = {
          what: "risk difference, with skips less without",
          arm,
          role: "contrast",
          depth,
          measured: shareDifference(skip, plain, { comparisons }),
          law: null,
        };
        return { skip: risk(skip, "test", "skips"), plain: risk(plain, "control", "no skips"), difference };
      });
      return {
        at,
        arm,
        greater: at.some((a) => a.difference.measured.low > 0),
        noGreater: at.every((a) => a.difference.measured.high < DELTA),
      };
    });
    const evidence = [...parts.flatMap((p) => p.at.flatMap((a) => [a.skip, a.plain])), ...parts.flatMap((p) => p.at.map((a) => a.difference))];
    const percent = (f: EvidenceRow): string => `${Math.round(100 * f.measured.value)} %`;
    const said = parts.map((p) => `${p.arm} ${percent(deepest(p.at).skip)} with skips against ${percent(deepest(p.at).plain)} without`).join("; ");
    const where = `of networks of ${deepest(DEPTHS)} blocks there explode ${said}`;
    if (parts.every((p) => p.noGreater)) return { verdict: "SUPPORTED", evidence, sentence: `The risk is no greater: ${where}.` };
    if (parts.every((p) => p.greater)) return { verdict: "REFUTED", evidence, sentence: `The risk is greater: ${where}.` };
    const [worse, better] = [parts.find((p) => p.greater), parts.find((p) => p.noGreater)];
    if (worse && better)
      return { verdict: "CONDITIONAL", evidence, sentence: `The risk is greater ${worse.arm}, and no greater ${better.arm}: ${where}.` };
    return { verdict: "UNDECIDED", evidence, sentence: `Too few networks tell: ${where}.` };
  },
  sabotage: (size) => sweep(size, false),
};
