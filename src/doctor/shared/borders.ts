import type { Graph, Node } from "../../graph/graph.js";
import { producers } from "../../graph/graph.js";

/** A convolution with zero padding, and the share of the square that it is expected to keep. */
export interface PaddedConvolution {
  readonly node: string;
  /** Size of the map that it reads. */
  readonly map: readonly number[];
  readonly share: number;
}

/** Maps larger than this lose too little to be counted. */
const LARGE = 128;

/** The convolutions of a bound graph that read beyond the border of their map. */
export function paddedConvolutions(graph: Graph): readonly PaddedConvolution[] {
  const makers = producers(graph);
  return graph.nodes.flatMap((n): PaddedConvolution[] => {
    if (n.op !== "Conv") return [];
    const before = makers.get(n.inputs[0]!);
    const padded = before?.op === "Pad" && ((before.attrs["mode"] as string | undefined) ?? "constant") === "constant" ? before : undefined;
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
 * Share of the square kept along one axis: for a convolution that keeps the size, the largest eigenvalue of the matrix that counts which
 * places see which, over the kernel's size (for 3 taps (1 + 2·cos(π/(S + 1)))/3); else the share of taps that fall inside.
 */
export function keptAlong(size: number, taps: number, stride: number, dilation: number, begin: number, end: number): number {
  if (begin <= 0 && end <= 0) return 1;
  if (stride === 1 && begin + end === (taps - 1) * dilation && begin === end) {
    // A dilated kernel links every `dilation`-th place only.
    const places = Math.ceil(size / dilation);
    if (taps === 3) return (1 + 2 * Math.cos(Math.PI / (places + 1))) / 3;
    return places > LARGE ? 1 : largestEigenvalue(places, (taps - 1) / 2) / taps;
  }
  const outputs = Math.floor((size + begin + end - (taps - 1) * dilation - 1) / stride) + 1;
  let [inside, all] = [0, 0];
  for (let o = 0; o < outputs; o++) {
    for (let k = 0; k < taps; k++, all++) {
      const at = o * stride + k * dilation - begin;
      if (at >= 0 && at < size) inside++;
    }
  }
  return all === 0 ? 1 : inside / all;
}

/** Largest eigenvalue of the symmetric 0/1 band matrix of a size and half-width, by power iteration. */
function largestEigenvalue(size: number, reach: number): number {
  let v = new Float64Array(size).fill(1);
  let value = 0;
  for (let step = 0; step < 200; step++) {
    const w = new Float64Array(size);
    for (let i = 0; i < size; i++) for (let j = Math.max(0, Math.ceil(i - reach)); j <= Math.min(size - 1, i + reach); j++) w[i]! += v[j]!;
    const length = Math.sqrt(w.reduce((s, x) => s + x * x, 0));
    const before = value;
    value = length / Math.sqrt(v.reduce((s, x) => s + x * x, 0));
    v = w.map((x) => x / length);
    if (Math.abs(value - before) < 1e-12 * value) break;
  }
  return value;
}
