import type { NetSpec } from "../nn/spec.js";
import { activation } from "../theory/activation.js";
import { singleBranch } from "../theory/laws/residual.js";
import type { Arm, Claim, Budget } from "./claim.js";
import { EXAMPLES, branchNet } from "./shared/old-arms.js";
import { GROWTH, RATE, evidenceRow, forwardGrowthOf, growthOf, readings, total } from "./shared/old-rows.js";
import { forwardTotal } from "./shared/forward.js";

/** s, the deviation of every weight, whatever the width. */
const DEVIATIONS = [0.001, 0.01, 0.05, 0.1];

/** Wide layers fluctuate less, and cost more: fewer of them, and fewer seeds. What shrinks through many layers leaves float32. */
interface Width {
  readonly width: number;
  readonly depth: number;
  readonly seeds: number;
}
const WIDTHS: Readonly<Record<Budget["name"], readonly Width[]>> = {
  quick: [
    { width: 64, depth: 12, seeds: 20 },
    { width: 256, depth: 8, seeds: 20 },
    { width: 1024, depth: 2, seeds: 8 },
  ],
  full: [
    { width: 64, depth: 20, seeds: 40 },
    { width: 256, depth: 20, seeds: 20 },
    { width: 1024, depth: 6, seeds: 20 },
    { width: 4096, depth: 2, seeds: 8 },
  ],
};

interface Cell {
  readonly name: string;
  readonly role: Arm["role"];
  readonly kind: "plain" | "skip" | "he";
  /** n·s²: a ReLU layer multiplies squares by half of it. */
  readonly spread: number;
  readonly of: Width;
  readonly net: NetSpec;
}

const cells = (size: Budget, spreadOf: (spread: number) => number): readonly Cell[] =>
  WIDTHS[size.name].flatMap((of) => {
    const n = of.width;
    const cell = (name: string, kind: Cell["kind"], spread: number, more: number): Cell => ({
      name: `${name}, n = ${n}`,
      role: kind === "he" ? "control" : "test",
      kind,
      spread,
      of,
      net: branchNet(kind === "skip", more),
    });
    return [
      cell("plain, He (s = √(2/n))", "he", 2, 2),
      ...DEVIATIONS.flatMap((s) => [
        cell(`plain, s = ${s}`, "plain", n * s * s, spreadOf(n * s * s)),
        cell(`skip, s = ${s}`, "skip", n * s * s, spreadOf(n * s * s)),
      ]),
    ];
  });

const sweep = (size: Budget, spreadOf: (spread: number) => number): readonly Arm[] =>
  cells(size, spreadOf).map(({ name, role, of, net }) => ({
    name,
    role,
    depth: of.depth,
    trials: Array.from({ length: of.seeds }, (_, seed) => ({
      net: { ...net, depth: of.depth, width: of.width, classes: null },
      batch: { examples: EXAMPLES },
      measure: "profile",
      seed,
      dtype: of.depth > 8 ? ("float64" as const) : ("float32" as const),
    })),
  }));

const FORWARD = "ln of the mean square of the activations per layer";
const BACKWARD = `${GROWTH}, per layer`;

/** "Most weights are close to zero, so that the cascade leads to smaller and smaller values": weight deviation over width. */
export const nearZeroWeights: Claim = {
  id: "near-zero-weights",
  sentence: "Most weights are close to zero, so that the cascade leads to smaller and smaller values.",
  from: "a reply of the thread",
  experiment:
    "Weights of one deviation s, .001 to .1, over widths n from 64 to 1024 (full: 4096), ReLU layers with a skip and without, beside He weights of the same width; " +
    "wide networks have few layers and seeds, as they fluctuate little.",
  rule:
    "Values shrink where the mean square of the activations and the squared gradient both fall by more than 5 % a layer, and grow where both rise by more than 5 %. SUPPORTED: they shrink in every " +
    "network of every s and n. REFUTED: they shrink in none. CONDITIONAL: without skips they shrink wherever n·s² < 2 and grow wherever n·s² > 2, and with a skip they shrink nowhere; no network leaves its law.",
  assumptions: ["at initialisation", "ReLU, fully connected, no norm", "s and n vary by factors: nothing is said of n·s² near 2"],
  source: "He et al. 2015 (n·s² = 2)",
  picture: FORWARD,
  trials: (size) => sweep(size, (v) => v),
  judge(results, context) {
    const phi = activation("relu");
    const { laws } = context;
    const points = cells(results.budget, (v) => v).map((c) => {
      const { depth, width } = c.of;
      const net = { depth, width };
      const law = c.kind === "skip" ? laws.residual({ branch: singleBranch(phi, c.spread), ...net }) : laws.plain({ phi, sigmaW2: c.spread, ...net });
      const point = (what: string, reading: typeof growthOf, expected: ReturnType<typeof total>): ReturnType<typeof evidenceRow> =>
        evidenceRow(
          readings(results, c.name, depth, reading).map((v) => v / depth),
          context,
          {
            what,
            arm: c.name,
            role: c.role,
            depth,
            x: { axis: "n·s²", value: c.spread },
            law: expected && { ...expected, value: expected.value / depth, margin: expected.margin / depth },
          },
        );
      return { ...c, forward: point(FORWARD, forwardGrowthOf, forwardTotal(law, depth)), back: point(BACKWARD, growthOf, total(law, depth)) };
    });
    const evidence = points.flatMap((p) => [p.forward, p.back]);
    const tests = points.filter((p) => p.kind !== "he");
    const shrinks = (p: (typeof points)[number]): boolean => [p.forward, p.back].every((f) => f.measured.high < -RATE);
    const grows = (p: (typeof points)[number]): boolean => [p.forward, p.back].every((f) => f.measured.low > RATE);
    const stands = (p: (typeof points)[number]): boolean => [p.forward, p.back].every((f) => f.measured.low > -RATE);
    const plain = tests.filter((p) => p.kind === "plain");
    const skips = tests.filter((p) => p.kind === "skip");
    const [small, large] = [plain.filter((p) => p.spread < 2), plain.filter((p) => p.spread > 2)];
    const follow = tests.every((p) => p.forward.law?.held !== "different" && p.back.law?.held !== "different");
    const n = `${tests.length} networks of ${DEVIATIONS.length} deviations and ${WIDTHS[results.budget.name].length} widths`;
    if (tests.every(shrinks)) return { verdict: "SUPPORTED", evidence, sentence: `They shrink in all ${n}.` };
    if (!tests.some(shrinks) && tests.every(stands)) return { verdict: "REFUTED", evidence, sentence: `They shrink in none of ${n}.` };
    if (small.every(shrinks) && large.every(grows) && small.length > 0 && large.length > 0 && skips.every(stands) && follow) {
      const widest = Math.max(...large.map((p) => p.of.width));
      const most = large.find(
        (p) => p.of.width === widest && p.spread === Math.max(...large.filter((q) => q.of.width === widest).map((q) => q.spread)),
      )!;
      const sentence =
        `It depends on n·s², not on s: without skips values shrink in all ${small.length} networks with n·s² < 2 and grow in all ${large.length} with n·s² > 2 ` +
        `(s = .1, n = ${widest}: ×${Math.exp(most.forward.measured.value).toPrecision(3)} a layer on the square); with a skip they shrink in none of ${skips.length}.`;
      return { verdict: "CONDITIONAL", evidence, sentence };
    }
    return { verdict: "UNDECIDED", evidence, sentence: `Neither sign nor law is certain everywhere, of ${n}.` };
  },
  sabotage: (size) => sweep(size, () => 2),
};
