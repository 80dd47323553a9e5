import { sizeOf, stridesOf } from "../../graph/tensor.js";

/**
 * Several tensors seen through one shape, cut into rows: along a row every tensor moves by its own fixed step. Neighbouring
 * axes are merged where all tensors allow it, so that rows are as long as they can be.
 */
export interface Rows {
  /** Elements of one row. */
  readonly length: number;
  /** Step of each tensor along a row, in elements. */
  readonly steps: readonly number[];
  /** Sizes of the merged outer axes. */
  readonly outer: readonly number[];
  /** Steps of each tensor along the outer axes. */
  readonly outerSteps: readonly (readonly number[])[];
}

/** Returns the rows of a shape, for tensors of which each axis' step is given. */
export function rowsOf(shape: readonly number[], steps: readonly (readonly number[])[]): Rows {
  const dims: number[] = [];
  const merged: number[][] = steps.map(() => []);
  for (let d = 0; d < shape.length; d++) {
    const size = shape[d]!;
    if (size === 1) continue;
    const last = dims.length - 1;
    if (last >= 0 && steps.every((s, k) => merged[k]![last] === s[d]! * size)) {
      dims[last] = dims[last]! * size;
      steps.forEach((s, k) => (merged[k]![last] = s[d]!));
    } else {
      dims.push(size);
      steps.forEach((s, k) => merged[k]!.push(s[d]!));
    }
  }
  const length = dims.pop() ?? 1;
  return { length, steps: merged.map((m) => m.pop() ?? 0), outer: dims, outerSteps: merged };
}

/** Returns the steps of a tensor of shape `from` when it is broadcast to the shape `to`: 0 along the axes it is repeated over. */
export function broadcastSteps(from: readonly number[], to: readonly number[]): readonly number[] {
  const pad = to.length - from.length;
  const own = stridesOf(from);
  return to.map((_, i) => (i < pad || from[i - pad] === 1 ? 0 : own[i - pad]!));
}

/** Calls `visit` for every row in row-major order with the offset of each of the tensors (an array that is reused). */
export function eachRow(rows: Rows, visit: (at: readonly number[]) => void): void {
  const { outer, outerSteps } = rows;
  const at = new Array<number>(rows.steps.length).fill(0);
  if (rows.length === 0) return;
  const counter = new Array<number>(outer.length).fill(0);
  for (let i = 0, n = sizeOf(outer); i < n; i++) {
    visit(at);
    for (let d = outer.length - 1; d >= 0; d--) {
      const back = ++counter[d]! === outer[d]!;
      for (let k = 0; k < at.length; k++) at[k] = at[k]! + outerSteps[k]![d]! * (back ? 1 - outer[d]! : 1);
      if (!back) break;
      counter[d] = 0;
    }
  }
}
