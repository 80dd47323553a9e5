import { max, maxIndex, min, minIndex, range } from "d3-array";
import { decadesOf } from "./axis.js";
import type { Domain } from "./axis.js";
import type { CheckRecord, TrunkRow } from "../study/check-record.js";

/** A finite point of a curve. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A point of a band. */
export interface BandPoint {
  readonly x: number;
  readonly low: number;
  readonly high: number;
}

/** A stretch of depth at which a quantity has no finite value. */
export interface Gap {
  readonly from: number;
  readonly to: number;
  /** "none": nobody measured it. */
  readonly kind: "NaN" | "infinite" | "zero" | "none";
}

/** A quantity over depth: pieces of a line, and where the line is broken. */
export interface Curve {
  readonly pieces: readonly (readonly Point[])[];
  readonly gaps: readonly Gap[];
}

/** What has a curve over the depth. */
export type Quantity = "gradient" | "activation" | "scaleFree" | "cosine" | "centred";

/** The quantities that are plotted over the trunk: logarithms as decades. */
const PICKS: Readonly<Record<Quantity, (row: TrunkRow) => number | null>> = {
  gradient: (r) => decadesIn(r.lnGradient),
  activation: (r) => decadesIn(r.lnActivation),
  scaleFree: (r) => decadesIn(r.lnScaleFree),
  cosine: (r) => r.cosine,
  centred: (r) => r.centredShare,
};

/** A natural logarithm in decades. */
export function decadesIn(ln: number | null): number | null {
  return ln === null ? null : ln / Math.LN10;
}

/** The curve of a quantity; `x` places a row. */
export const curveOf = (trunk: readonly TrunkRow[], quantity: Quantity, x: (row: TrunkRow) => number = (r): number => r.depth): Curve =>
  curveThrough(trunk.map((row) => ({ x: x(row), y: PICKS[quantity](row) })));

/** The curve through points, broken where one is not finite or was not measured. */
export function curveThrough(points: readonly { readonly x: number; readonly y: number | null }[]): Curve {
  const pieces: Point[][] = [];
  const gaps: Gap[] = [];
  let open: Point[] | undefined;
  for (const { x, y } of points) {
    if (y !== null && Number.isFinite(y)) {
      if (open === undefined) pieces.push((open = []));
      open.push({ x, y });
      continue;
    }
    open = undefined;
    const kind = y === null ? "none" : Number.isNaN(y) ? "NaN" : y > 0 ? "infinite" : "zero";
    const last = gaps[gaps.length - 1];
    if (last?.kind === kind && last.to === x - 1) gaps[gaps.length - 1] = { ...last, to: x };
    else gaps.push({ from: x, to: x, kind });
  }
  return { pieces, gaps };
}

/** The pieces of the interval of the gradient, in decades. */
export function bandOf(trunk: readonly TrunkRow[], x: (row: TrunkRow) => number = (r): number => r.depth): BandPoint[][] {
  const pieces: BandPoint[][] = [];
  let open: BandPoint[] | undefined;
  for (const row of trunk) {
    const [low, high] = [decadesIn(row.low), decadesIn(row.high)];
    if (low === null || high === null || !Number.isFinite(low) || !Number.isFinite(high)) {
      open = undefined;
      continue;
    }
    if (open === undefined) pieces.push((open = []));
    open.push({ x: x(row), low, high });
  }
  return pieces;
}

/** Whether the curve has a finite value anywhere. */
export function hasPoints(curve: Curve): boolean {
  return curve.pieces.length > 0;
}

/** The finite values of a curve, along the depth. */
export function* valuesOf(curve: Curve): Iterable<number> {
  for (const piece of curve.pieces) for (const p of piece) yield p.y;
}

/** Decades that hold the curves; a band widens them, but never by more than two decades, or it would flatten the curve. */
export function domainOf(curves: readonly Curve[], bands: readonly (readonly (readonly BandPoint[])[])[] = [], air?: number): Domain {
  const own = curves.flatMap((c) => [...valuesOf(c)]);
  const span = decadesOf(own, 0, 0);
  const edges = bands.flat(2).flatMap((b) => [Math.max(b.low, span.low - 2), Math.min(b.high, span.high + 2)]);
  return decadesOf([...own, ...edges], 2, air);
}

/** The stretches of a list: `count` of them, evenly long. */
const stretches = <T>(items: readonly T[], count: number): readonly (readonly T[])[] =>
  range(count).map((b) => items.slice(Math.floor((b * items.length) / count), Math.floor(((b + 1) * items.length) / count)));

/** At most about `most` points that look the same: of each stretch the first, the lowest, the highest and the last. */
export function thin(piece: readonly Point[], most: number): readonly Point[] {
  if (piece.length <= most) return piece;
  return stretches(piece, Math.max(1, Math.floor(most / 4))).flatMap((part) => {
    const kept = [0, minIndex(part, (p) => p.y), maxIndex(part, (p) => p.y), part.length - 1];
    return [...new Set(kept)].sort((a, b) => a - b).map((i) => part[i]!);
  });
}

/** A band of at most about `most` points: of each stretch the widest. */
export function thinBand(piece: readonly BandPoint[], most: number): readonly BandPoint[] {
  if (piece.length <= most) return piece;
  return stretches(piece, most).map((part) => ({ x: part[0]!.x, low: min(part, (p) => p.low)!, high: max(part, (p) => p.high)! }));
}

/** The line of a law over the depth, in decades. */
export interface FittedLine {
  readonly points: readonly Point[];
  /** The law's own words; undefined for the line of a constant rate. */
  readonly label: string | undefined;
}

/**
 * The law as a line: the record's own, or for an exponential law ln‖g_b‖ = c − ½ b·ln(perBlock) over the boundaries b of the body,
 * with c their mean offset.
 */
export function fittedLine(record: CheckRecord): FittedLine | undefined {
  if (record.fit) {
    const points = record.fit.points.filter((p) => Number.isFinite(p.lnGradient)).map((p) => ({ x: p.depth, y: p.lnGradient / Math.LN10 }));
    return points.length > 1 ? { points, label: record.fit.label } : undefined;
  }
  const { perBlock } = record.growth.gradient;
  const body = record.blocks.filter((b) => b.role === "body");
  if (record.law !== "exponential" || perBlock === null || !(perBlock > 0) || perBlock === Infinity || body.length < 2) return undefined;
  const at = new Map(record.trunk.map((r) => [r.depth, r.lnGradient]));
  const depths = [body[0]!.fromDepth, ...body.map((b) => b.toDepth)];
  const slope = -0.5 * Math.log(perBlock);
  let [sum, n] = [0, 0];
  depths.forEach((d, b) => {
    const ln = at.get(d);
    if (ln === undefined || ln === null || !Number.isFinite(ln)) return;
    sum += ln - slope * b;
    n += 1;
  });
  if (n < 2) return undefined;
  return { points: depths.map((d, b) => ({ x: d, y: (sum / n + slope * b) / Math.LN10 })), label: undefined };
}
