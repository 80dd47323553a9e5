import type { Graph, Node } from "../../graph/graph.js";
import { producers } from "../../graph/graph.js";
import { traitsOf } from "../../ops/registry.js";
import { borderRate, insideShare } from "../../theory/laws/border.js";

/** A convolution with zero padding, and the share of the square that it is expected to keep. */
export interface PaddedConvolution {
  readonly node: string;
  /** Size of the map that it reads. */
  readonly map: readonly number[];
  readonly share: number;
}

/** Maps larger than this lose too little to be counted. */
const LARGE = 128;

/** Returns the convolutions of a bound graph that read beyond the border of their map. */
export function paddedConvolutions(graph: Graph): readonly PaddedConvolution[] {
  const makers = producers(graph);
  return graph.nodes.flatMap((n): PaddedConvolution[] => {
    if (traitsOf(n).convolves !== "forward") return [];
    const before = makers.get(n.inputs[0]!);
    const padded = before && isZeroPadding(before) ? before : undefined;
    const map = (graph.types.get(padded?.inputs[0] ?? n.inputs[0]!)?.shape ?? []).slice(2);
    const kernel = (graph.types.get(n.inputs[1]!)?.shape ?? []).slice(2);
    const own = paddings(n, map, kernel);
    const extra = padded ? (graph.initializers.get(padded.inputs[1] ?? "")?.data ?? []) : [];
    const rank = map.length;
    const list = (name: string, d: number): number => (n.attrs[name] as readonly number[] | undefined)?.[d] ?? 1;
    const share = map.reduce((s, size, d) => {
      const begin = own[d]! + (extra[2 + d] ?? 0);
      const end = own[rank + d]! + (extra[rank + 4 + d] ?? 0);
      return s * keptAlong(size, kernel[d]!, list("strides", d), list("dilations", d), begin, end);
    }, 1);
    return share < 1 ? [{ node: n.name, map, share }] : [];
  });
}

const isZeroPadding = (n: Node): boolean => traitsOf(n).moves === "pads" && (n.attrs["mode"] ?? "constant") === "constant";

function paddings(n: Node, map: readonly number[], kernel: readonly number[]): readonly number[] {
  const auto = (n.attrs["auto_pad"] as string | undefined) ?? "NOTSET";
  const given = n.attrs["pads"] as readonly number[] | undefined;
  if (!auto.startsWith("SAME")) return auto === "VALID" || !given ? new Array<number>(2 * map.length).fill(0) : given;
  const list = (name: string, d: number): number => (n.attrs[name] as readonly number[] | undefined)?.[d] ?? 1;
  const totals = map.map((size, d) => {
    const stride = list("strides", d);
    return Math.max(0, (Math.ceil(size / stride) - 1) * stride + (kernel[d]! - 1) * list("dilations", d) + 1 - size);
  });
  const [small, large] = [totals.map((t) => t >> 1), totals.map((t) => t - (t >> 1))];
  return auto === "SAME_UPPER" ? [...small, ...large] : [...large, ...small];
}

/**
 * Returns the share of the square that a convolution keeps along one axis: the long run's where it keeps the size, as layer after layer does; else the share of
 * products that fall on the map.
 */
export function keptAlong(size: number, taps: number, stride: number, dilation: number, begin: number, end: number): number {
  if (begin <= 0 && end <= 0) return 1;
  if (stride === 1 && begin + end === (taps - 1) * dilation && begin === end) {
    // A dilated kernel links every `dilation`-th position only.
    const positions = Math.ceil(size / dilation);
    return taps !== 3 && positions > LARGE ? 1 : borderRate(positions, taps);
  }
  const outputs = Math.floor((size + begin + end - (taps - 1) * dilation - 1) / stride) + 1;
  return outputs * taps > 0 ? insideShare({ size, taps, stride, dilation, before: begin, outputs }) : 1;
}
