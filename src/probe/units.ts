import { traitsOf } from "../ops/registry.js";
import type { Probe } from "./probe.js";
import type { Quantified } from "./quantities.js";

/** The output of an activation function. */
export interface UnitSite {
  readonly value: string;
  readonly op: string;
  /** Axis of the units: the channels of a feature map, the features of a row. */
  readonly axis: number;
}

/** Shares of units that are dead or saturated for all examples, 0 … 1; null where units of this function cannot be. `size` is the number of units. */
export interface Units {
  readonly dead: number | null;
  readonly saturated: number | null;
  readonly size: number;
}

/** How near to its limits a function counts as flat: |tanh| above .99, sigmoid outside (.01, .99); where it reaches them only rounding is allowed for. */
const NEAR = { approached: 0.01, reached: 0.00001 } as const;

/** Whether an op is an activation function whose units can die or saturate. */
export function watchesUnits(op: string): boolean {
  const { rectifies, squashes } = traitsOf({ op });
  return rectifies === "flat" || squashes !== undefined;
}

/** Measures the dead units of a ReLU (zero for every example and position) and the saturated units of a sigmoid or tanh (for every example and position). */
export const units: Probe<UnitSite, Units> = (c, { value, op, axis }) => {
  const { b } = c;
  const shape = b.shape(value);
  const size = shape[axis] ?? 1;
  const others = shape.map((_, i) => i).filter((i) => i !== axis);
  const { squashes } = traitsOf({ op });
  if (!squashes) {
    const most = c.fetch(b.reshape(b.reduceMax(value, others, false), [size]));
    return (get) => ({ dead: share(get(most).data, (v) => v === 0), saturated: null, size });
  }
  const { low, high, reached } = squashes;
  const centre = (low + high) / 2;
  const reach = (high - low) / 2 - (reached ? NEAR.reached : NEAR.approached);
  const distance = b.op("Abs", [b.shift(value, -centre)]);
  const least = c.fetch(b.reshape(b.neg(b.reduceMax(b.neg(distance), others, false)), [size]));
  return (get) => ({ dead: null, saturated: share(get(least).data, (v) => v > reach), size });
};

/** Returns the result in quantities, for the columns of readings. */
export const unitQuantities = ({ dead, saturated, size }: Units): Quantified => ({ "dead-share": dead, "saturated-share": saturated, units: size });

function share(values: ArrayLike<number>, test: (v: number) => boolean): number {
  let n = 0;
  for (let i = 0; i < values.length; i++) if (test(values[i]!)) n++;
  return values.length === 0 ? 0 : n / values.length;
}
