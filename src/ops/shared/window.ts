import { IsogradError } from "../../util/errors.js";
import type { ErrorParts } from "../../util/errors.js";
import type { AttrReader } from "../attrs.js";
import type { AttrSpec } from "../op.js";

/**
 * How the windows of a convolution or pool lie on its input, per spatial axis:
 * tap k of window y reads the input at y·stride + k·dilation − begin. `ends` may be negative (input that no window reads).
 */
export interface Windows {
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly begins: readonly number[];
  readonly ends: readonly number[];
  /** Size of the input with the declared padding, which windows of ceil_mode may overreach and others leave a rest of. */
  readonly padded: readonly number[];
}

/** Refuses a node: the `fail` of a shape rule. */
export type Fail = (what: string, parts?: ErrorParts) => never;

/** The attributes that all ops with windows share. */
export const WINDOW_ATTRS: Readonly<Record<"auto_pad" | "dilations" | "kernel_shape" | "pads" | "strides", AttrSpec>> = {
  auto_pad: { kind: "string", default: "NOTSET", oneOf: ["NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"] },
  dilations: { kind: "ints" },
  kernel_shape: { kind: "ints" },
  pads: { kind: "ints" },
  strides: { kind: "ints" },
};

const failure: Fail = (what, parts = {}) => {
  throw new IsogradError("op/input", what, parts);
};

/** Returns a per-axis attribute: `fallback` when absent, checked for its length and its least value. */
export function perAxis(attrs: AttrReader, name: string, length: number, fallback: number, least: number, fail: Fail = failure): readonly number[] {
  const given = attrs.optionalInts(name);
  if (given === undefined || given.length === 0) return new Array<number>(length).fill(fallback);
  if (given.length !== length) fail(`its attribute ${name} has ${given.length} entries`, { expected: `${length} for this rank` });
  if (given.some((v) => v < least)) fail(`its attribute ${name} is [${given.join(", ")}]`, { expected: `at least ${least}` });
  return given;
}

/** Returns what one window covers: (kernel − 1)·dilation + 1. */
export const extent = (kernel: number, dilation: number): number => (kernel - 1) * dilation + 1;

/** Places windows of a kernel on an input by the attributes; `ceil` lets the last window reach over the end (pools' ceil_mode). */
export function windowsOf(attrs: AttrReader, input: readonly number[], kernel: readonly number[], ceil = false, fail: Fail = failure): Windows {
  const rank = input.length;
  const strides = perAxis(attrs, "strides", rank, 1, 1, fail);
  const dilations = perAxis(attrs, "dilations", rank, 1, 1, fail);
  const auto = attrs.string("auto_pad");
  const pads = auto === "NOTSET" ? perAxis(attrs, "pads", 2 * rank, 0, 0, fail) : new Array<number>(2 * rank).fill(0);
  const begins = pads.slice(0, rank);
  const ends = pads.slice(rank);
  const output = input.map((size, i) => {
    const [stride, reach] = [strides[i]!, extent(kernel[i]!, dilations[i]!)];
    if (auto === "SAME_UPPER" || auto === "SAME_LOWER") {
      const count = Math.ceil(size / stride);
      const total = Math.max(0, (count - 1) * stride + reach - size);
      begins[i] = auto === "SAME_UPPER" ? Math.floor(total / 2) : Math.ceil(total / 2);
      ends[i] = total - begins[i];
      return count;
    }
    const steps = (size + begins[i]! + ends[i]! - reach) / stride;
    // A window must start on the input or on the padding before it.
    if (ceil) return Math.ceil(steps) * stride >= size + begins[i]! ? Math.ceil(steps) : Math.ceil(steps) + 1;
    return Math.floor(steps) + 1;
  });
  if (output.some((d) => d < 1)) {
    fail(`its kernel [${kernel.join(", ")}] is larger than its padded input`, {
      received: `[${input.join(", ")}]`,
      fix: "give the network a larger input",
    });
  }
  if (kernel.some((k) => k < 1)) fail(`its kernel [${kernel.join(", ")}] covers nothing`);
  const far = 2 ** 31 - 1;
  if (input.some((size, i) => extent(kernel[i]!, dilations[i]!) > far || size + begins[i]! + ends[i]! > far || strides[i]! > far)) {
    fail("its windows reach further than runtimes can count", {
      received: `kernel [${kernel.join(", ")}], dilations [${dilations.join(", ")}], pads [${[...begins, ...ends].join(", ")}]`,
    });
  }
  // Less than declared where the stride leaves a rest, more where ceil_mode reaches over.
  const exact = output.map((n, i) => (n - 1) * strides[i]! + extent(kernel[i]!, dilations[i]!) - input[i]! - begins[i]!);
  return { input, output, kernel, strides, dilations, begins, ends: exact, padded: input.map((n, i) => n + begins[i]! + ends[i]!) };
}

const TAPS_LIMIT = 1 << 22;

/** Returns every combination of taps of a kernel, in row-major order. */
export function tapsOf(kernel: readonly number[]): readonly (readonly number[])[] {
  const count = kernel.reduce((n, k) => n * k, 1);
  if (!(count <= TAPS_LIMIT && kernel.every((k) => k >= 0)))
    throw new IsogradError("op/input", `[${kernel.join(", ")}] positions cannot be prepared one by one`, { expected: `at most ${TAPS_LIMIT}` });
  return kernel.reduce<readonly (readonly number[])[]>((all, k) => all.flatMap((head) => Array.from({ length: k }, (_, i) => [...head, i])), [[]]);
}

/** Returns the windows as three spatial axes, leading ones of size 1 put before. */
export function in3d(w: Windows): Windows {
  const filled = (list: readonly number[], by: number): readonly number[] => [...new Array<number>(3 - list.length).fill(by), ...list];
  return {
    input: filled(w.input, 1),
    output: filled(w.output, 1),
    kernel: filled(w.kernel, 1),
    strides: filled(w.strides, 1),
    dilations: filled(w.dilations, 1),
    begins: filled(w.begins, 0),
    ends: filled(w.ends, 0),
    padded: filled(w.padded, 1),
  };
}
