import { least } from "d3-array";
import type { Point } from "../curves.js";
import { at } from "./coordinates.js";
import { svg } from "./html.js";
import type { Html } from "./html.js";

/** A curve on the page with the words at its ends. */
export interface LabelledCurve {
  readonly key: string;
  /** Its points in pixels, from left to right. */
  readonly points: readonly Point[];
  readonly first: string | undefined;
  readonly end: string | undefined;
}

/** Where labels may stand. */
export interface LabelBox {
  readonly x0: number;
  readonly x1: number;
  readonly top: number;
  readonly bottom: number;
}

/** The pixels that a label takes. */
export interface Placed {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const HEIGHT = 15;
const CHARACTER = 7.8;
const AIR = 6;

/** The pixels of a label around a point; `bottom` is where its letters stand. */
export function around(text: string, middle: number, bottom: number): Placed {
  const half = (CHARACTER * Array.from(text).length) / 2;
  return { left: middle - half, right: middle + half, top: bottom + 3 - HEIGHT, bottom: bottom + 3 };
}

/**
 * The values at both ends of every curve: above or below it, clear of its own line, of the other curves, of each other and of the labels that
 * stand already, as far as there is room. These labels join those that stand.
 */
export function endLabels(curves: readonly LabelledCurve[], box: LabelBox, placed: Placed[] = []): Html {
  const parts: Html[] = [];
  for (const side of ["first", "end"] as const) {
    for (const curve of curves) {
      const text = curve[side];
      const point = side === "first" ? curve.points[0] : curve.points[curve.points.length - 1];
      if (text === undefined || !point || (side === "end" && curve.points.length < 2)) continue;
      const width = CHARACTER * Array.from(text).length;
      const wanted = side === "first" ? Math.max(point.x, box.x0) + 4 : Math.min(point.x, box.x1) - 3 - width;
      const left = Math.min(Math.max(wanted, box.x0), box.x1 - width);
      // Beside its curve, beside another, or on top of or under a label that stands already.
      const stacked = placed.flatMap((q) => [q.top - HEIGHT / 2 - 1, q.bottom + HEIGHT / 2 + 1]);
      const places = [...stacked, point.y - AIR - HEIGHT / 2, point.y + AIR + HEIGHT / 2, ...candidates(curve, curves, left, left + width)].map(
        (middle) => ({ left, right: left + width, top: middle - HEIGHT / 2, bottom: middle + HEIGHT / 2 }),
      );
      const best = least(places, (p) => costOf(p, point, curves, placed, box))!;
      placed.push(best);
      const x = side === "first" ? best.left : best.right;
      parts.push(
        svg`<text class="end t-${curve.key}" x="${at(x)}" y="${at(best.bottom - 3)}" text-anchor="${side === "first" ? "start" : "end"}">${text}</text>`,
      );
    }
  }
  return svg`${parts}`;
}

/** The words of a limit, above or below its line, where neither a curve nor a label that stands already is in their way if there is such a place. */
export function limitLabel(text: string, height: number, curves: readonly LabelledCurve[], box: LabelBox, standing: readonly Placed[]): Html {
  const width = 0.9 * CHARACTER * Array.from(text).length;
  const places = [1, 0.75, 0.5, 0.25, 0].flatMap((share) => {
    const left = box.x0 + 6 + share * (box.x1 - box.x0 - 12 - width);
    return [height + HEIGHT / 2 + 1, height - HEIGHT / 2 - 1].map((m) => ({
      left,
      right: left + width,
      top: m - HEIGHT / 2,
      bottom: m + HEIGHT / 2,
    }));
  });
  const best = least(places, (p) => costOf(p, { x: p.left, y: height }, curves, standing, box))!;
  return svg`<text class="small halo" x="${at(best.left)}" y="${at(best.bottom - 3)}">${text}</text>`;
}

/** Heights just above and just below each curve over a stretch. */
function candidates(own: LabelledCurve, curves: readonly LabelledCurve[], left: number, right: number): number[] {
  return [own, ...curves.filter((c) => c !== own)].flatMap((c) => {
    const range = rangeOver(c.points, left, right);
    return range ? [range.low - AIR - HEIGHT / 2, range.high + AIR + HEIGHT / 2] : [];
  });
}

function costOf(p: Placed, point: Point, curves: readonly LabelledCurve[], placed: readonly Placed[], box: LabelBox): number {
  const outside = Math.max(0, box.top - p.top) + Math.max(0, p.bottom - box.bottom);
  const crossed = curves.filter((c) => {
    const range = rangeOver(c.points, p.left, p.right);
    return range !== undefined && range.low < p.bottom && range.high > p.top;
  }).length;
  const covered = placed.filter((q) => q.left < p.right && p.left < q.right && q.top < p.bottom && p.top < q.bottom).length;
  return Math.abs((p.top + p.bottom) / 2 - point.y) + 20 * outside + 90 * crossed + 400 * covered;
}

/** Least and greatest height of a line over a stretch. */
function rangeOver(points: readonly Point[], left: number, right: number): { low: number; high: number } | undefined {
  let [low, high] = [Infinity, -Infinity];
  points.forEach((q, i) => {
    const before = points[i - 1];
    if (before && before.x < right && q.x > left) {
      for (const x of [Math.max(left, before.x), Math.min(right, q.x)]) {
        const height = q.x === before.x ? q.y : before.y + ((q.y - before.y) * (x - before.x)) / (q.x - before.x);
        [low, high] = [Math.min(low, height), Math.max(high, height)];
      }
    } else if (q.x >= left && q.x <= right) [low, high] = [Math.min(low, q.y), Math.max(high, q.y)];
  });
  return low <= high ? { low, high } : undefined;
}
