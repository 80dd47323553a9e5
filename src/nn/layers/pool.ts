import type { Net } from "../net.js";

/** Appends the maximum over square windows of maps [N, C, H, W]; `kernel`, `stride` and `pad` in elements. */
export const maxPool = (net: Net, x: string, kernel: number, stride: number, pad = 0): string =>
  net.b.op("MaxPool", [x], { kernel_shape: [kernel, kernel], strides: [stride, stride], pads: [pad, pad, pad, pad] });

/** Appends the mean over square windows that do not overlap. */
export const averagePool = (net: Net, x: string, kernel: number): string =>
  net.b.op("AveragePool", [x], { kernel_shape: [kernel, kernel], strides: [kernel, kernel] });

/** Flattens maps: [N, C, H, W] → [N, C·H·W]. */
export const flatten = (net: Net, x: string): string => net.b.op("Flatten", [x], { axis: 1 });

/** Averages each map: [N, C, H, W] → [N, C]. */
export const globalPool = (net: Net, x: string): string => flatten(net, net.b.op("GlobalAveragePool", [x]));

/** Reshapes to `dims`, where 0 keeps a dim and −1 is inferred, so that no node holds the size of the batch axis. */
export const reshape = (net: Net, x: string, dims: readonly number[]): string => net.b.op("Reshape", [x, net.b.ints(dims)]);
