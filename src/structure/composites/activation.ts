import type { Composite, Pattern, Region } from "./region.js";
import { plainNodes } from "./region.js";

const named = (op: string): Composite => ({ op, kind: "activation" });

function opsOf(region: Region): ReadonlySet<string> {
  return new Set(plainNodes(region).map((n) => n.op));
}

/** Recognises GELU, x·Φ(x) = x·½(1 + erf(x/√2)). */
export const gelu: Pattern = (region) => (opsOf(region).has("Erf") && opsOf(region).has("Mul") ? named("Gelu") : undefined);

/** Recognises GELU's approximation by tanh, x·½(1 + tanh(√(2/π)(x + 0.044715x³))). */
export const geluTanh: Pattern = (region) => {
  const ops = opsOf(region);
  const nodes = plainNodes(region);
  if (!ops.has("Tanh") || !ops.has("Mul") || ops.has("Softplus")) return undefined;
  const cubic = nodes.some((n) => n.inputs.some((v) => Math.abs((region.constant(v)?.data[0] ?? 0) - 0.044715) < 1e-6));
  return cubic ? named("Gelu") : undefined;
};

/** Recognises SiLU (Swish), x·σ(x) or x·σ(βx). */
export const silu: Pattern = (region) => {
  const ops = opsOf(region);
  const last = region.nodes[region.nodes.length - 1]!;
  return ops.has("Sigmoid") && last.op === "Mul" && last.inputs.includes(region.entry) && !ops.has("Split") ? named("Silu") : undefined;
};

/** Recognises hard-swish, x·clip(x + 3, 0, 6)/6. */
export const hardSwish: Pattern = (region) => {
  const ops = opsOf(region);
  return (ops.has("HardSigmoid") || ops.has("Clip")) && ops.has("Mul") ? named("HardSwish") : undefined;
};

/** Recognises Mish, x·tanh(ln(1 + eˣ)). */
export const mish: Pattern = (region) => {
  const ops = opsOf(region);
  return ops.has("Tanh") && (ops.has("Softplus") || (ops.has("Log") && ops.has("Exp"))) && ops.has("Mul") ? named("Mish") : undefined;
};

/** Recognises a gated linear unit, a·σ(b) of the two halves a and b of a value. */
export const glu: Pattern = (region) => {
  const ops = opsOf(region);
  const halves = ops.has("Split") || plainNodes(region).filter((n) => n.op === "Slice").length >= 2;
  return halves && ops.has("Mul") && !ops.has("Concat") ? { ...named("Glu"), gated: true } : undefined;
};
