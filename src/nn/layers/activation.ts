import * as z from "zod";
import type { Net } from "../net.js";

type Apply = (net: Net, x: string) => string;

/** An activation that is one ONNX op. */
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
  "leaky",
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

/** The activation functions by name. */
const FUNCTIONS: Readonly<Record<ActivationName, Apply>> = {
  relu: one("Relu"),
  tanh: one("Tanh"),
  sigmoid: one("Sigmoid"),
  identity: (_, x) => x,
  leaky: one("LeakyRelu", { alpha: 0.01 }),
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
 * An activation φ: a name, a leaky ReLU or ELU with its α, or the continuous piecewise linear function through `points` [x, y] (x rising, at least one
 * point) with the slopes `before` the first point and `after` the last.
 */
export type Activation =
  | ActivationName
  | { readonly name: "leaky" | "elu"; readonly alpha: number }
  | { readonly name: "piecewise"; readonly points: readonly (readonly [number, number])[]; readonly before: number; readonly after: number };

const rising = (points: readonly (readonly [number, number])[]): boolean => points.every(([x], i) => i === 0 || x > points[i - 1]![0]);

/** The schema of the field `activation` of a spec. */
export const activationSchema: z.ZodType<Activation> = z
  .union([
    z.enum(ACTIVATIONS),
    z.strictObject({ name: z.enum(["leaky", "elu"]), alpha: z.number() }),
    z.strictObject({
      name: z.literal("piecewise"),
      points: z
        .array(z.tuple([z.number(), z.number()]))
        .min(1)
        .max(1000)
        .refine(rising, "must rise in x"),
      before: z.number(),
      after: z.number(),
    }),
  ])
  .meta({
    title: "an activation",
    description:
      'φ: a name, or { name: "leaky" or "elu", alpha }, or { name: "piecewise", points, before, after }: through the points, with these slopes outside',
  });

/** Appends φ(x), elementwise. */
export function activate(net: Net, x: string, phi: Activation): string {
  if (typeof phi === "string") return FUNCTIONS[phi](net, x);
  const { b } = net;
  if (phi.name !== "piecewise") return b.op(phi.name === "elu" ? "Elu" : "LeakyRelu", [x], { alpha: phi.alpha });
  // φ(x) = y₀ + s₀·(x − x₀) + Σ (s_{k+1} − s_k)·relu(x − x_k)
  const { points } = phi;
  const slopes = [phi.before, ...points.slice(1).map(([at, y], i) => (y - points[i]![1]) / (at - points[i]![0])), phi.after];
  const bends = points.map(([at], k) => b.scale(b.op("Relu", [b.shift(x, -at)]), slopes[k + 1]! - slopes[k]!));
  const [first, height] = points[0]!;
  return b.shift(b.sum([b.scale(x, slopes[0]!), ...bends])!, height - slopes[0]! * first);
}
