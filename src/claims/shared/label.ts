import type { ActivationFactor, Factors, NetworkKind } from "./factors.js";

/** How the names of a claim spell what those of the others spell otherwise. Names of arms stand in published records: they do not change. */
export interface Spelling {
  readonly activations?: Partial<Readonly<Record<ActivationFactor, string>>>;
  /** Default `LN x`. */
  readonly layerNorm?: string;
  /** What stands between a matrix and its factor (default ·). */
  readonly product?: string;
  /** Numbers without a zero before the point, and with a minus sign for a hyphen. */
  readonly shortNumbers?: boolean;
}

/** What a label says of one factor. */
export interface LabelPart {
  readonly factor: keyof Factors | "depth";
  readonly text: string;
  /** Whether the factor is a quantity, which an arm may be swept over. */
  readonly quantity: boolean;
  /** What stands before it in a label. */
  readonly joint: ", " | "; ";
}

const ACTIVATIONS: Readonly<Record<ActivationFactor, string>> = { relu: "ReLU", tanh: "tanh", sigmoid: "sigmoid", identity: "id" };
const activationIn = (f: Factors, spelling: Spelling): string => ({ ...ACTIVATIONS, ...spelling.activations })[f.activation ?? "relu"];

function numeral(value: number, { shortNumbers = false }: Spelling): string {
  if (!shortNumbers) return String(value);
  const size = Math.abs(value);
  const digits = String(size);
  return `${value < 0 ? "−" : ""}${size > 0 && size < 1 ? digits.slice(1) : digits}`;
}

/** The network itself, and the factors that this tells. */
interface Expression {
  readonly tells: readonly (keyof Factors)[];
  readonly write: (f: Factors, spelling: Spelling) => string;
}

function scaled(body: string, scale: NonNullable<Factors["branchScale"]>): string {
  if (scale === "1/sqrt(L)") return `${body}/√L`;
  if (scale === "1/L") return `${body}/L`;
  if (scale === 1) return body;
  return scale > 0 && scale < 1 ? `${body}/${1 / scale}` : `${scale}·${body}`;
}

/** Writes a block: x + W·ReLU(BN(x))/√L. */
function block(f: Factors, spelling: Spelling): string {
  const { layerNorm = "LN x", product = "·" } = spelling;
  const phi = activationIn(f, spelling);
  const inBranch = f.placement !== "post";
  const input = inBranch && f.norm === "batch" ? "BN(x)" : inBranch && f.norm === "layer" ? layerNorm : "x";
  const body = f.order === "weight-act" ? `${phi}(W${product}x)` : `W·${phi}(${input})`;
  const branch = scaled(body, f.branchScale ?? 1);
  const sum = f.skip === true ? `x + ${branch}` : branch;
  return inBranch ? sum : `${f.norm === "batch" ? "BN" : "LN"}(${sum})`;
}

/** Writes an order of layers: BN→ReLU. */
function layer(f: Factors, spelling: Spelling): string {
  const phi = activationIn(f, spelling);
  if (f.norm !== "batch") return f.norm === "none" ? `${phi}, no BN` : phi;
  if (f.activation === "identity") return "BN only";
  return f.order === "act-norm" ? `${phi}→BN` : `BN→${phi}`;
}

const named = (name: string): Expression => ({ tells: [], write: () => name });

const BLOCK: Expression = { tells: ["skip", "activation", "norm", "placement", "order", "branchScale"], write: block };
const NETWORKS: Readonly<Record<NetworkKind, Expression>> = {
  chain: { tells: ["skip"], write: (f) => (f.skip === true ? "skip" : "plain") },
  layers: { tells: ["activation", "norm", "order"], write: layer },
  mlp: { tells: ["activation"], write: (f, spelling) => `${activationIn(f, spelling)} MLP` },
  "plain conv": { tells: ["norm"], write: (f) => (f.norm === "batch" ? "conv→BN→ReLU" : "conv→ReLU") },
  "residual conv": { tells: ["norm", "skip"], write: () => "convolutions, BatchNorm" },
  vgg: { tells: ["norm"], write: () => "VGG-16 with BN and poolings" },
  highway: named("Highway"),
  dense: named("dense"),
  recurrent: { tells: ["activation"], write: (f, spelling) => `recurrent ${activationIn(f, spelling)}` },
  transformer: { tells: ["placement", "norm"], write: (f) => `${f.placement ?? "pre"}-LN Transformer` },
  join: { tells: ["join", "skips"], write: (f) => `${f.join === "mean" ? "mean" : "sum"} of x and three skips` },
  "joined layer": { tells: ["join", "skips"], write: (f) => (f.join === "concat" ? "concatenated" : "added") },
  "one block": { tells: ["skip"], write: (f) => `one block ${f.skip === true ? "x + " : ""}V·ReLU(W·x)` },
  "gradient graph": {
    tells: ["skip", "decoupled"],
    write: (f) => `paths ${f.decoupled === true ? "with synthetic gradients" : f.skip === true ? "with skips" : "without"}`,
  },
  "drawn networks": {
    tells: ["skip", "norm"],
    write: (f) =>
      `${f.skip === undefined ? "" : f.skip ? "skips, " : "no skips, "}${f.norm === "batch" ? "with BatchNorm in the branch" : "without norms"}`,
  },
  scalars: named("three scalars"),
  orthogonal: named("orthogonal matrices"),
  gaussian: named("Gaussian matrices"),
  he: named("ReLU network, He"),
};

/** How a loss is made small and large. */
export const LOSSES: Readonly<Record<NonNullable<Factors["loss"]>, string>> = {
  margin: "cross-entropy by margin",
  temperature: "cross-entropy by temperature",
  distance: "mean squares by distance",
};

type Words = { readonly [K in keyof Factors]?: (value: NonNullable<Factors[K]>, f: Factors, spelling: Spelling) => string };

const quantity =
  (symbol: string) =>
  (value: number, _: Factors, spelling: Spelling): string =>
    `${symbol} = ${numeral(value, spelling)}`;

/** What a label says of each factor that the expression of the network does not tell, in this order. */
const WORDS: Words = {
  activation: (_, f, spelling) => activationIn(f, spelling),
  chi: quantity("χ"),
  gateBias: quantity("b"),
  gatesDrawn: (drawn) => (drawn ? "gates drawn" : "gates that are their bias"),
  weightVariance: quantity("σ_w²"),
  gain: (value, f) => `${f.skip === true ? "branch gain" : "gain"} ${value}`,
  weightDeviation: (value) => (value === "he" ? "He (s = √(2/n))" : `s = ${value}`),
  width: quantity("n"),
  init: (value) => (value === "fan-in" ? "fan-in" : "one deviation"),
  dtype: (value) => value,
  masks: (value) => ({ own: "real inputs", independent: "independent masks" })[value],
  loss: (value) => LOSSES[value],
  firstGain: (value) => `${value} in place of .001`,
  rebalance: (value) => `half of the layers × ${value}, half ÷ ${value}`,
  classes: () => "no classes",
  measured: (value) => value,
  clip: (value) =>
    ({ none: "none", global: "global norm 1", value: "value .01", layer: "each layer's norm 1", adaptive: "adaptive, λ = .01" })[value],
};
const QUANTITIES: readonly (keyof Factors)[] = ["chi", "gateBias", "weightVariance", "gain", "weightDeviation", "width"];

/** Returns what a label says, part by part: the network, then every factor that distinguishes it further. */
export function labelParts(factors: Factors, spelling: Spelling = {}): readonly LabelPart[] {
  const { tells, write } = factors.network === undefined ? BLOCK : NETWORKS[factors.network];
  const rest = (Object.keys(WORDS) as (keyof Words)[]).filter((key) => factors[key] !== undefined && !tells.includes(key));
  return [
    { factor: "network", text: write(factors, spelling), quantity: false, joint: ", " },
    ...rest.map((key): LabelPart => {
      const words = WORDS[key] as (value: unknown, f: Factors, spelling: Spelling) => string;
      return { factor: key, text: words(factors[key], factors, spelling), quantity: QUANTITIES.includes(key), joint: key === "clip" ? "; " : ", " };
    }),
  ];
}

/** Joins parts into a label. */
export const joinedParts = (parts: readonly LabelPart[]): string => parts.reduce((text, p, i) => (i === 0 ? p.text : text + p.joint + p.text), "");

/** Returns the readable name of an arm: `x + W·ReLU(BN(x)), σ_w² = 4`. */
export const label = (factors: Factors, spelling?: Spelling): string => joinedParts(labelParts(factors, spelling));
