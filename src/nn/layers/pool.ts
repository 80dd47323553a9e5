import type { Net } from "../net.js";

/** Maximum over windows. */
export const maxPool = (net: Net, x: string, kernel: number, stride: number, pad = 0): string =>
  net.b.op("MaxPool", [x], { kernel_shape: [kernel, kernel], strides: [stride, stride], pads: [pad, pad, pad, pad] });

/** Mean over windows side by side. */
export const averagePool = (net: Net, x: string, kernel: number): string =>
  net.b.op("AveragePool", [x], { kernel_shape: [kernel, kernel], strides: [kernel, kernel] });

/** [N, C, H, W] → [N, C·H·W]. */
export const flatten = (net: Net, x: string): string => net.b.op("Flatten", [x], { axis: 1 });

/** [N, C, H, W] → [N, C]: the mean over each map. */
export const globalPool = (net: Net, x: string): string => flatten(net, net.b.op("GlobalAveragePool", [x]));

/** Reshape whose dims may be 0 (as they are) or −1 (the rest): the batch axis is never written out. */
export const reshape = (net: Net, x: string, dims: readonly number[]): string => net.b.op("Reshape", [x, net.b.ints(dims)]);
