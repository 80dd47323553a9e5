import type { NetSpec } from "../nn/spec.js";
import type { Laws } from "../theory/laws.js";
import { sumGradient } from "../trial/measurements/sum-gradient.js";
import type { SumGradientResult } from "../trial/measurements/sum-gradient.js";
import type { Arm, Claim, EvidenceRow, Results, RuleContext, Budget } from "./claim.js";
import { deepest, evidenceRow, lawsHeld, total } from "./shared/old-rows.js";

const WIDTH = 100;
/** How many values of 100 features are joined with x: by the last of as many layers and one, each of which takes all values before it. */
const SKIPS = [0, 1, 3, 9];

interface Cell {
  readonly name: string;
  readonly role: Arm["role"];
  readonly join: "concat" | "add";
  readonly init: "fan-in" | "fixed";
}

const CELLS: readonly Cell[] = [
  { name: "concatenated, fan-in", role: "test", join: "concat", init: "fan-in" },
  { name: "concatenated, one deviation", role: "test", join: "concat", init: "fixed" },
  { name: "added, fan-in", role: "control", join: "add", init: "fan-in" },
  { name: "added, one deviation", role: "control", join: "add", init: "fixed" },
];

/** The deviation of a He layer of 100 features, whatever is joined. */
const STD = Math.sqrt(2 / WIDTH);
const initOf = (init: Cell["init"]): NetSpec["init"] => (init === "fixed" ? { scheme: "fixed", std: STD } : "he");

/** The least: a layer is one draw of its weights. */
const SEEDS = 24;

const sweep = ({ seeds }: Budget, of: (c: Cell) => Cell["init"]): readonly Arm[] =>
  CELLS.flatMap((c) =>
    SKIPS.map((skips) => ({
      name: c.name,
      role: c.role,
      depth: skips + 1,
      trials: Array.from({ length: Math.max(SEEDS, seeds) }, (_, seed) => ({
        net: { arch: "joined-mlp", join: c.join, skips, depth: skips + 1, width: WIDTH, classes: null, init: initOf(of(c)) },
        batch: { examples: 16 },
        measure: "sum-gradient",
        seed,
        dtype: "float32" as const,
      })),
    })),
  );

const GAIN = "ln of the squared gradient that a layer sends to x, over that of its product";
const CHANGE = "what the skips change of that logarithm";
const BITS = "share of the bits of the gradient at the parts that are those of the join's, or of the part's slice of it: the worst join";
const AXIS = "skipped connections that the layer takes beside x";

/** ln of the squared gradient at x, the last of the values that the last layer takes: what arrives there was drawn, and no other layer has a part in it. */
const gainOf = (r: SumGradientResult): number => deepest(deepest(r.layers).lnGains);

interface Column {
  readonly gains: readonly EvidenceRow[];
  readonly changes: readonly EvidenceRow[];
  readonly bits: readonly EvidenceRow[];
}

function column(results: Results, context: RuleContext, cell: Cell): Column {
  const of = (skips: number): readonly SumGradientResult[] => results.of(sumGradient, cell.name, skips + 1);
  const law = (skips: number): ReturnType<Laws["joined"]> =>
    context.laws.joined({ join: cell.join, values: skips + 1, features: WIDTH, init: cell.init === "fixed" ? { std: STD } : { weightVariance: 2 } });
  const about = (skips: number): Pick<EvidenceRow, "arm" | "role" | "depth" | "x"> => ({
    arm: cell.name,
    role: cell.role,
    depth: skips + 1,
    x: { axis: AXIS, value: skips },
  });
  const alone = of(0).map(gainOf);
  const joined = SKIPS.filter((skips) => skips > 0);
  return {
    gains: SKIPS.map((skips) => evidenceRow(of(skips).map(gainOf), context, { ...about(skips), what: GAIN, law: total(law(skips), 1) })),
    changes: joined.map((skips) =>
      evidenceRow(
        of(skips).map((r, i) => gainOf(r) - alone[i]!),
        context,
        { ...about(skips), role: "contrast", what: CHANGE },
      ),
    ),
    bits: joined.map((skips) =>
      evidenceRow(
        of(skips).map((r) => Math.min(...r.joins.map((j) => j.equalBits))),
        context,
        { ...about(skips), what: BITS },
      ),
    ),
  };
}

/** δ on the logarithm: a tenth, where a division by two, the least that is claimed, would make .69. */
const DELTA = 0.1;
const near = (f: EvidenceRow, value: number): boolean => f.measured.low > value - DELTA && f.measured.high < value + DELTA;

/** "The gradient is divided by x + the number of skipped connections", read for concatenation. */
export const gradientDividedConcat: Claim = {
  id: "gradient-divided-concat",
  sentence: "The gradient is divided by x + the number of skipped connections, for concatenation.",
  from: "a reply of the thread, read for DenseNet",
  experiment:
    `Layers of ${WIDTH} ReLUs that take x and ${SKIPS.join(", ")} skipped values of ${WIDTH} features each, {concatenated, added} × {He's fan-in initialisation, weights of one ` +
    "deviation}: the gradient of every part against its slice of the whole, and the squared gradient that the layer sends to x.",
  rule:
    `CONDITIONAL: concatenation copies slices bit for bit; with a fan-in initialisation the squared gradient at x is divided by 1 + the number of skips within ${DELTA} in ln, with weights ` +
    "of one deviation and in both controls it is left as it was within the same; and all follow their law. SUPPORTED: divided with both initialisations, and not in the controls. " +
    "REFUTED: divided with neither.",
  assumptions: [
    "at initialisation",
    "ReLU; x and the skipped values of equal size",
    "the squared gradient, which is what variances are divided in: the norm by the root of it",
  ],
  source: "own experiment; He et al. 2015 for the fan-in, Huang et al. 2017 for dense concatenation",
  trials: (size) => sweep(size, (c) => c.init),
  judge(results, context) {
    const columns = CELLS.map((c) => column(results, context, c));
    const evidence = columns.flatMap((c) => [...c.gains, ...c.changes, ...c.bits]);
    const divided = columns.map((c) => c.changes.every((f) => near(f, -Math.log(1 + f.x!.value))));
    const whole = columns.map((c) => c.changes.every((f) => near(f, 0)));
    const controls = whole[2]! && whole[3]!;
    const copied = columns.every((c) => c.bits.every((f) => f.measured.low === 1));
    const factors = (i: number): string => columns[i]!.gains.map((f) => Math.exp(f.measured.value).toPrecision(3)).join(", ");
    const said = `the squared gradient at x over that of the layer's product, with ${SKIPS.join(", ")} skipped values: ${CELLS.map((c, i) => `${c.name} ${factors(i)}`).join("; ")}`;
    if (controls && divided[0]! && divided[1]!) return { verdict: "SUPPORTED", evidence, sentence: `It is divided, whatever the weights: ${said}.` };
    if (controls && whole[0]! && whole[1]!) return { verdict: "REFUTED", evidence, sentence: `It is not divided: ${said}.` };
    if (controls && copied && divided[0]! && whole[1]! && lawsHeld(columns.flatMap((c) => c.gains)) === "equal") {
      const sentence = `By the initialisation, not by backpropagation, which hands every part its slice bit for bit: weights drawn by their fan-in are smaller where more is joined. ${said[0]!.toUpperCase()}${said.slice(1)}.`;
      return { verdict: "CONDITIONAL", evidence, sentence };
    }
    return { verdict: "UNDECIDED", evidence, sentence: `Neither divided nor left, or off the law: ${said}.` };
  },
  sabotage: (size) => sweep(size, () => "fixed"),
};
