import type { Graph } from "../graph/graph.js";
import type { MeasureRequest, Measurement } from "./measurement.js";

/** How a network is measured: whether its backward pass is rescaled at every block, and whether squares of activations are taken with care. */
export type Care = Required<Pick<MeasureRequest, "rescale" | "careful">>;

/** How every network is measured first. */
export const PLAIN: Care = { rescale: false, careful: false };

/** Where ln Σg² or ln Σx² lies outside of this range, squares or elements may have left the element type's: it is measured again, with care. */
const COMFORT = { float32: [-60, 80], float64: [-1000, 1200] } as const;

/** The range of logarithms of sums of squares in which a graph's element type is at ease. */
export function comfortOf(graph: Graph): readonly [number, number] {
  for (const t of graph.types.values()) if (t.dtype === "float64") return COMFORT.float64;
  return COMFORT.float32;
}

/**
 * With which care to measure again; undefined where every reading is comfortable. Values that are not finite are looked at again too: their squares
 * alone may have overflowed.
 */
export function careFor(measurements: readonly Measurement[], comfort: readonly [number, number]): Care | undefined {
  const careful = activationsOutOfRange(measurements, comfort);
  return careful || gradientsOutOfRange(measurements, comfort) ? { rescale: true, careful } : undefined;
}

const activationsOutOfRange = (measurements: readonly Measurement[], comfort: readonly [number, number]): boolean =>
  measurements.some((m) => m.cuts.some((c) => anyOutside(c.activation.lnSquares, comfort)));

function gradientsOutOfRange(measurements: readonly Measurement[], comfort: readonly [number, number]): boolean {
  const [low, high] = comfort;
  return measurements.some((m) => {
    if (m.cuts.every((c) => c.lnGradientSquares?.every((v) => v === -Infinity) ?? true)) return false;
    // Parameters whose gradient is zero but for rounding (a bias before a norm) are no reason to run twice.
    const lost = (v: number): boolean => !(v >= 1.3 * low && v <= high);
    return (
      m.cuts.some((c) => c.lnGradientSquares !== undefined && anyOutside(c.lnGradientSquares, comfort)) ||
      m.parameters.some((p) => (p.lost !== undefined || p.lnGradient > -Infinity) && lost(2 * p.lnGradient))
    );
  });
}

function anyOutside(values: readonly number[], [low, high]: readonly [number, number]): boolean {
  for (let i = 0; i < values.length; i++) if (!(values[i]! >= low && values[i]! <= high)) return true;
  return false;
}
