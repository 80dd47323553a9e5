import type { NetSpec } from "../nn/spec.js";
import { activation } from "../theory/activation.js";
import type { Masks } from "../probe/shattering.js";
import { shattering as measurement } from "../trial/measurements/shattering.js";
import type { Arm, Claim, EvidenceRow, Budget } from "./claim.js";
import { deepest, evidenceRow } from "./shared/old-rows.js";

interface Kind {
  readonly name: string;
  readonly role: Arm["role"];
  readonly kind: "plain" | "residual";
  readonly net: NetSpec;
  readonly scaleAt: (depth: number) => number;
}

const PLAIN: Kind = { name: "ReLU(W·x)", role: "test", kind: "plain", net: { arch: "mlp" }, scaleAt: () => 1 };
const SCALED: Kind = {
  name: "x + W·ReLU(x)/√L",
  role: "control",
  kind: "residual",
  net: { arch: "residual-mlp", branch: "act-weight", branchScale: "1/sqrt(L)" },
  scaleAt: (depth) => 1 / Math.sqrt(depth),
};
const KINDS: readonly Kind[] = [
  PLAIN,
  { name: "x + W·ReLU(x)", role: "test", kind: "residual", net: { arch: "residual-mlp", branch: "act-weight" }, scaleAt: () => 1 },
  SCALED,
];

/** The two assumptions: what real inputs do to the rectifiers, and masks that know nothing of the inputs. */
const MASKS: readonly Masks[] = ["own", "independent"];
const ofMasks = (masks: Masks): string => (masks === "own" ? "real inputs" : "independent masks");

const DEPTHS: Readonly<Record<Budget["name"], readonly number[]>> = { quick: [2, 5, 10, 20], full: [2, 5, 10, 20, 50] };
const SEEDS = 20;
const EXAMPLES = 16;

const nameOf = (k: Kind, masks: Masks): string => `${k.name}, ${ofMasks(masks)}`;

const sweep = (size: Budget, netOf: (k: Kind) => NetSpec): readonly Arm[] =>
  KINDS.flatMap((k) =>
    MASKS.flatMap((masks) =>
      DEPTHS[size.name].map((depth): Arm => ({
        name: nameOf(k, masks),
        role: k.role,
        depth,
        trials: Array.from({ length: Math.min(size.seeds, SEEDS) }, (_, seed) => ({
          net: { ...netOf(k), depth, width: size.width, classes: null },
          batch: { examples: EXAMPLES },
          measure: { name: "shattering", masks },
          seed,
        })),
      })),
    ),
  );

/** How far a correlation may lie from its law: finite widths keep it from falling to 0. */
const MARGIN = 0.03;
/** Noise, and what is none. */
const NOISE = 0.1;
const KEPT = 0.5;

/** "The gradients of plain networks turn to white noise with depth": correlation of the input gradients of two examples. */
export const shattering: Claim = {
  id: "shattering",
  sentence: "The gradients of plain networks turn to white noise with depth.",
  from: "Balduzzi et al. 2017",
  experiment:
    "Correlation of the input gradients of two independent examples that get the same cotangent, over depth: plain ReLU networks, bare skips, and branches × 1/√L; with the masks that the examples give the " +
    "rectifiers, and with masks drawn half open.",
  rule:
    "SUPPORTED: at the greatest depth the correlation of the plain network is below .1, and with branches × 1/√L above .5, under both assumptions; no correlation leaves its law by more than .03, and those of the " +
    "two shallowest depths hold it. REFUTED: the plain network's stays above .5 under both. CONDITIONAL: it falls below .1 under one assumption and stays above .5 under the other.",
  assumptions: ["at initialisation", "ReLU, He weights, fully connected", "inputs from N(0, 1), independent; the same cotangent for both examples"],
  source: "Balduzzi et al. 2017; arc-cosine kernels of Cho & Saul 2009 for real inputs",
  trials: (size) => sweep(size, (k) => k.net),
  judge(results, context) {
    const phi = activation("relu");
    const depths = DEPTHS[results.budget.name];
    const lawOf = (k: Kind, masks: Masks, depth: number): number | undefined => {
      const net = { phi, depth, kind: k.kind, branchScale: k.scaleAt(depth) };
      return (masks === "own" ? context.laws.shattering(net) : context.laws.shatteringOfMasks(net))[depth];
    };
    const curves = KINDS.flatMap((k) =>
      MASKS.map((masks) => ({
        k,
        masks,
        points: depths.map((depth): EvidenceRow => {
          const law = lawOf(k, masks, depth);
          return evidenceRow(
            results.of(measurement, nameOf(k, masks), depth).map((r) => r.gradients ?? NaN),
            context,
            {
              what: "correlation of two examples' input gradients",
              arm: nameOf(k, masks),
              role: k.role,
              depth,
              law: law === undefined ? undefined : { value: law, margin: MARGIN, source: "Balduzzi et al. 2017; Cho & Saul 2009" },
            },
          );
        }),
      })),
    );
    const evidence = curves.flatMap((c) => c.points);
    const ends = (k: Kind): readonly EvidenceRow[] => curves.filter((c) => c.k === k).map((c) => deepest(c.points));
    const [plain, scaled] = [ends(PLAIN), ends(SCALED)];
    const said = curves.map((c) => `${nameOf(c.k, c.masks)} ${deepest(c.points).measured.value.toFixed(3)}`).join("; ");
    const where = `correlation of the input gradients over ${deepest(depths)} blocks: ${said}`;
    const holds =
      evidence.every((f) => f.law !== null && f.law.held !== "different") && evidence.every((f) => f.depth! > depths[1]! || f.law?.held === "equal");
    const noise = plain.map((f) => f.measured.high < NOISE);
    const kept = plain.map((f) => f.measured.low > KEPT);
    if (noise.every(Boolean) && scaled.every((f) => f.measured.low > KEPT) && holds) {
      const sentence = `They do; those of a bare skip do too, more slowly, and those of branches × 1/√L do not: ${where}.`;
      return { verdict: "SUPPORTED", evidence, sentence };
    }
    if (kept.every(Boolean)) return { verdict: "REFUTED", evidence, sentence: `They do not: ${where}.` };
    if (noise.some(Boolean) && kept.some(Boolean)) return { verdict: "CONDITIONAL", evidence, sentence: `It depends on the masks: ${where}.` };
    return { verdict: "UNDECIDED", evidence, sentence: `The correlations leave their laws, or do not part: ${where}.` };
  },
  sabotage: (size) => sweep(size, () => SCALED.net),
};
