import type { Plan, Step } from "./pieces.js";

/**
 * Returns the plan with activations recomputed (gradient checkpointing; Chen, Xu, Zhang & Guestrin 2016). Values of a forward step that only the
 * backward pass uses are not kept. Instead the step runs again just before they are needed, from the values that the forward pass keeps. This costs
 * one more forward pass. Memory holds the values that cross the cuts, and those inside one piece. `isForward` tells which steps belong to the
 * forward pass. Running a step again gives the same values, because dropout masks are drawn when the network is bound.
 */
export function withRecomputation(plan: Plan, isForward: (step: number) => boolean): Plan {
  const { steps } = plan;
  const firstBackward = steps.findIndex((_, i) => !isForward(i));
  if (firstBackward <= 0) return plan;
  const outputs = new Set(plan.outputs);
  const kept = new Set(outputs);
  steps.forEach((s, i) => {
    if (i < firstBackward) for (const [, v] of s.feeds) kept.add(v);
  });
  const producer = new Map<string, number>();
  for (let i = 0; i < firstBackward; i++) for (const [, v] of steps[i]!.fetches) if (!kept.has(v)) producer.set(v, i);
  const result: Step[] = [];
  const names: (readonly string[])[] = [];
  const recomputed = new Set<number>();
  steps.forEach((step, i) => {
    const own = plan.nodeNames[i]!;
    if (i < firstBackward) {
      result.push({ ...step, fetches: step.fetches.filter(([, v]) => kept.has(v)) });
      names.push(own);
      return;
    }
    for (const [, v] of step.feeds) {
      const from = producer.get(v);
      if (from === undefined || recomputed.has(from)) continue;
      recomputed.add(from);
      result.push({ ...steps[from]!, fetches: steps[from]!.fetches.filter(([, f]) => producer.get(f) === from) });
      names.push(plan.nodeNames[from]!);
    }
    result.push(step);
    names.push(own);
  });
  return { ...plan, steps: withFrees(result, plan), nodeNames: names };
}

/** Sets `free` of each step: the values that no later step uses. */
function withFrees(steps: readonly Step[], plan: Plan): readonly Step[] {
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
