import { expect } from "vitest";
import { isKnown } from "../../src/theory/prediction.js";
import type { Prediction, Unknown } from "../../src/theory/prediction.js";

/** The prediction, or the reason that there is none as an error. */
export const known = (p: Prediction | Unknown): Prediction => {
  if (!isKnown(p)) throw new Error(p.unknown);
  return p;
};

/** Whether a measured mean agrees with a prediction: four standard errors and a part of the stated band. */
const agrees = (m: { readonly lnG: number; readonly error: number }, p: Prediction): boolean =>
  Math.abs(m.lnG - p.meanLn) < 4 * m.error + p.band + 0.005;

/** The prediction must hold for its own net and fail for the net's neighbours: what is tested can fail. */
export function holds(
  m: { readonly lnG: number; readonly error: number },
  law: Prediction | Unknown,
  wrong: readonly (Prediction | Unknown)[],
  name = "",
): void {
  const p = known(law);
  expect(agrees(m, p), `${name}: measured ${m.lnG} ± ${m.error}, predicted ${p.meanLn}, band ${p.band}`).toBe(true);
  wrong.forEach((w, i) => expect(agrees(m, known(w)), `${name}: wrong law ${i} passes: ${known(w).meanLn} against ${m.lnG}`).toBe(false));
}
