import * as z from "zod";
import type { Net } from "../net.js";

type Apply = (net: Net, x: string) => string;

const one =
  (op: string, attrs: Readonly<Record<string, number | string>> = {}): Apply =>
  ({ b }, x) =>
    b.op(op, [x], attrs);
const clip =
  (low: number, high: number): Apply =>
  ({ b }, x) =>
    b.op("Clip", [x, b.scalar(low, x), b.scalar(high, x)]);

/** Every activation that a spec may name. */
export const ACTIVATIONS = [
  "relu",
  "tanh",
  "sigmoid",
  "identity",
  "leaky-relu",
  "elu",
  "selu",
  "gelu",
  "gelu-tanh",
  "silu",
  "mish",
  "hardswish",
  "hardsigmoid",
  "hardtanh",
  "relu6",
  "softplus",
  "softsign",
  "sin",
  "erf",
  "abs",
] as const;
export type ActivationName = (typeof ACTIVATIONS)[number];

/** φ by name. */
const FUNCTIONS: Readonly<Record<ActivationName, Apply>> = {
  relu: one("Relu"),
  tanh: one("Tanh"),
  sigmoid: one("Sigmoid"),
  identity: (_, x) => x,
  "leaky-relu": one("LeakyRelu", { alpha: 0.01 }),
  elu: one("Elu", { alpha: 1 }),
  selu: one("Selu"),
  gelu: one("Gelu"),
  "gelu-tanh": one("Gelu", { approximate: "tanh" }),
  silu: ({ b }, x) => b.mul(x, b.op("Sigmoid", [x])),
  mish: one("Mish"),
  hardswish: one("HardSwish"),
  hardsigmoid: one("HardSigmoid", { alpha: 1 / 6, beta: 0.5 }),
  hardtanh: clip(-1, 1),
  relu6: clip(0, 6),
  softplus: one("Softplus"),
  softsign: one("Softsign"),
  sin: one("Sin"),
  erf: one("Erf"),
  abs: one("Abs"),
};

/**
 * φ by name, a leaky ReLU or ELU with its α, or a piecewise linear function through the origin: slope `slopes[0]` left of `knots[0]`, …, `slopes[K]` right of
 * `knots[K − 1]`, knots rising.
 */
export type Activation =
  | ActivationName
  | { readonly name: "leaky-relu" | "elu"; readonly alpha: number }
  | { readonly name: "piecewise-linear"; readonly knots: readonly number[]; readonly slopes: readonly number[] };

const rising = (knots: readonly number[]): boolean => knots.every((k, i) => i === 0 || k > knots[i - 1]!);

/** The field `activation` of a spec. */
export const activationSchema: z.ZodType<Activation> = z
  .union([
    z.enum(ACTIVATIONS),
    z.strictObject({ name: z.enum(["leaky-relu", "elu"]), alpha: z.number() }),
    z
      .strictObject({ name: z.literal("piecewise-linear"), knots: z.array(z.number()).min(1), slopes: z.array(z.number()) })
      .refine((f) => f.slopes.length === f.knots.length + 1 && rising(f.knots), "needs rising knots and one slope more than knots"),
  ])
  .describe(
    `φ: ${ACTIVATIONS.join(", ")}; or { name: "leaky-relu" | "elu", alpha }; or { name: "piecewise-linear", knots, slopes } (through the origin, knots rising, one slope more than knots)`,
  );

/** φ(x), element by element. */
export function activate(net: Net, x: string, phi: Activation): string {
  if (typeof phi === "string") return FUNCTIONS[phi](net, x);
  const { b } = net;
  if (phi.name !== "piecewise-linear") return b.op(phi.name === "elu" ? "Elu" : "LeakyRelu", [x], { alpha: phi.alpha });
  // φ(x) = s₀x + Σ (s_k − s_{k−1})·(relu(x − t_k) − relu(−t_k))
  const terms = phi.knots.map((t, k) => b.scale(b.op("Relu", [b.shift(x, -t)]), phi.slopes[k + 1]! - phi.slopes[k]!));
  const atZero = phi.knots.reduce((sum, t, k) => sum + (phi.slopes[k + 1]! - phi.slopes[k]!) * Math.max(0, -t), 0);
  return b.shift(b.sum([b.scale(x, phi.slopes[0]!), ...terms])!, -atZero);
}
