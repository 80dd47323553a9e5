import type { Place, Schedule } from "./schedule.js";

/**
 * Appends the factor of a schedule that begins after a linear warm-up: (s + 1)/n at each of the first n steps, then the schedule over the S − n steps
 * that are left.
 */
export function warmedUp(schedule: Schedule, place: Place, warmup: number): string {
  if (warmup === 0) return schedule.factor(place);
  const { b, step, steps } = place;
  const rest = schedule.factor({ b, step: b.shift(step, -warmup), steps: Math.max(1, steps - warmup) });
  return b.where(b.less(step, b.scalarOf("float64", warmup)), b.scale(b.shift(step, 1), 1 / warmup), rest);
}
