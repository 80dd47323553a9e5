import type { GraphBuilder } from "../../graph/builder.js";

/** Appends e^min(x, 0): the derivative of the exponential units below 0, free of overflow above, where it is 1. */
export const expBelowZero = (b: GraphBuilder, x: string): string => b.exp(b.op("Min", [x, b.scalar(0, x)]));

/** Appends x·Φ(x) = x/2·(1 + erf(x/√2)). */
export function gelu(b: GraphBuilder, x: string): string {
  const twicePhi = b.shift(b.op("Erf", [b.scale(x, Math.SQRT1_2)]), 1);
  return b.mul(b.scale(x, 0.5), twicePhi);
}

/** Appends x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))). */
export function tanhGelu(b: GraphBuilder, x: string): string {
  const c = Math.sqrt(2 / Math.PI);
  const inner = b.mul(x, b.shift(b.scale(b.square(x), 0.044715 * c), c));
  return b.mul(b.scale(x, 0.5), b.shift(b.op("Tanh", [inner]), 1));
}

/** Appends x·σ(alpha·x). */
export const swish = (b: GraphBuilder, x: string, alpha: number): string => b.mul(x, b.op("Sigmoid", [b.scale(x, alpha)]));
