import { mean } from "../math/statistics.js";
import { incrementsOf } from "./growth.js";
import { fitLaw } from "./law.js";
import type { FittedLaw } from "./law.js";
import type { PlacedSpread } from "./spread.js";

/** Where one block of a chain of at least so many makes this share of a spread, in logarithms, it is that block's, and no growth from block to block. */
const SEVERAL = 4;
const MOST = 0.7;
/** The same where the law says already that the first blocks make most of it. */
const HALF = 0.5;

/** Of a chain that one block stands apart in the others may grow by so much together: under a sub-exponential law, and under none. */
const OTHERS = { law: Math.log(30), none: Math.log(10) } as const;

/** A block, counted from 0, that alone makes most of a spread, and ln of its part. */
export interface OneBlock {
  readonly at: number;
  readonly ln: number;
}

/** Returns the mean increments over the replicates, of the square of the norm. */
export const meanIncrements = (rows: readonly (readonly number[])[]): number[] =>
  incrementsOf((rows[0] ?? []).map((_, l) => mean(rows.map((row) => row[l]!))));

/** Returns the block that alone makes most of a rise (sign 1) or a fall (−1); null where none does. */
export function oneBlockOf(increments: readonly number[], { from, to, value }: PlacedSpread, sign: 1 | -1, start: boolean): OneBlock | null {
  const stretch = increments.slice(from, to).map((a, i) => ({ at: from + i, ln: (sign * a) / 2 }));
  if (increments.length < SEVERAL || stretch.length === 0) return null;
  const top = stretch.reduce((a, b) => (b.ln > a.ln ? b : a));
  return top.ln > (start ? HALF : MOST) * value ? top : null;
}

/** What a chain's law is once a block that stands apart is left out of it. */
export interface ApartLaw extends Pick<FittedLaw, "law" | "form"> {
  /** The block that alone makes most of the rise; null where none does. */
  readonly one: OneBlock | null;
  /** Whether one block makes most of the rise, or the first ones do, and the others show no exponential growth. */
  readonly apart: boolean;
}

/** Returns the law of a chain; where one block makes most of a rise, that of the others, unless these grow exponentially themselves. */
export function apartLaw(increments: readonly number[], restarts: readonly boolean[], rise: PlacedSpread, overTime: boolean): ApartLaw {
  const { law, form, behind } = fitLaw(increments, restarts);
  const one = oneBlockOf(increments, rise, 1, behind !== undefined);
  if (behind !== undefined) {
    const others = rise.value - Math.max(0, ...increments.slice(rise.from, rise.to)) / 2;
    const apart = !overTime && increments.reduce((a, b) => a + b, 0) > 0 && others < (behind === "sub-exponential" ? OTHERS.law : OTHERS.none);
    return { law: apart ? law : "undetermined", form, one, apart };
  }
  if (one === null || overTime || law === "sub-exponential") return { law, form, one, apart: false };
  const rest = fitLaw(increments.toSpliced(one.at, 1), restarts.toSpliced(one.at, 1));
  return rest.law === "exponential" ? { law, form, one, apart: false } : { law: rest.law, form: rest.form, one, apart: true };
}
