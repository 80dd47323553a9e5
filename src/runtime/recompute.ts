import { bytesOf } from "../graph/tensor.js";
import { peakBytes } from "../passes/memory.js";
import type { Plan, Step } from "./pieces.js";

/**
 * The plan with activations recomputed (gradient checkpointing; Chen, Xu, Zhang & Guestrin 2016): what a forward step hands to the backward pass
 * only is not kept. The step runs again just before it is needed, from what the forward pass itself hands on. Costs one more forward pass; what
 * stays alive is what crosses the cuts, and the inside of one piece. `again` says which steps belong to the forward pass.
 * Nothing that runs is random: dropout masks are drawn when a network is bound.
 */
export function recomputing(plan: Plan, again: (step: number) => boolean): Plan {
  const { steps } = plan;
  const turn = steps.findIndex((_, i) => !again(i));
  if (turn <= 0) return plan;
  const outputs = new Set(plan.outputs);
  const early = new Set(outputs);
  steps.forEach((s, i) => {
    if (i < turn) for (const [, v] of s.feeds) early.add(v);
  });
  const maker = new Map<string, number>();
  for (let i = 0; i < turn; i++) for (const [, v] of steps[i]!.fetches) if (!early.has(v)) maker.set(v, i);
  const result: Step[] = [];
  const names: (readonly string[])[] = [];
  const redone = new Set<number>();
  steps.forEach((step, i) => {
    const own = plan.nodeNames[i]!;
    if (i < turn) {
      result.push({ ...step, fetches: step.fetches.filter(([, v]) => early.has(v)) });
      names.push(own);
      return;
    }
    for (const [, v] of step.feeds) {
      const from = maker.get(v);
      if (from === undefined || redone.has(from)) continue;
      redone.add(from);
      result.push({ ...steps[from]!, fetches: steps[from]!.fetches.filter(([, f]) => maker.get(f) === from) });
      names.push(plan.nodeNames[from]!);
    }
    result.push(step);
    names.push(own);
  });
  return { ...plan, steps: freed(result, plan), nodeNames: names };
}

/** The steps, each with the values that none after it takes. */
function freed(steps: readonly Step[], plan: Plan): readonly Step[] {
  const kept = new Set([...plan.outputs, ...plan.inputs, ...plan.weights.keys()]);
  const last = new Map<string, number>();
  steps.forEach((s, i) => {
    for (const [, v] of s.feeds) last.set(v, i);
    for (const [, v] of s.fetches) if (!last.has(v)) last.set(v, i);
  });
  const free: string[][] = steps.map(() => []);
  for (const [v, i] of last) if (!kept.has(v)) free[i]!.push(v);
  return steps.map((s, i) => ({ ...s, free: free[i]! }));
}

/** The most bytes that a run of the plan holds at once: weights, inputs, what crosses the cuts, and the inside of the piece that runs. */
export function planPeakBytes(plan: Plan): number {
  const inside = plan.pieces.map((p) => peakBytes(p.graph));
  const fed = plan.pieces.map((p) => p.graph.inputs.reduce((n, i) => n + bytesOf(p.graph.types.get(i.name)!), 0));
  let live = 0;
  for (const t of plan.weights.values()) live += bytesOf(t);
  const sizes = new Map<string, number>();
  const hold = (v: string, bytes: number): void => {
    if (!sizes.has(v) && !plan.weights.has(v)) {
      sizes.set(v, bytes);
      live += bytes;
    }
  };
  let peak = live;
  for (const step of plan.steps) {
    const { types } = plan.pieces[step.piece]!.graph;
    for (const [local, v] of step.feeds) hold(v, bytesOf(types.get(local)!));
    // What is fed is already counted.
    peak = Math.max(peak, live + inside[step.piece]! - fed[step.piece]!);
    for (const [local, v] of step.fetches) hold(v, bytesOf(types.get(local)!));
    peak = Math.max(peak, live);
    for (const v of step.free) {
      live -= sizes.get(v) ?? 0;
      sizes.delete(v);
    }
  }
  return peak;
}
