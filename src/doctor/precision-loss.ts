import { sizeOf } from "../graph/tensor.js";
import type { Evidence, FindingRule } from "./evidence.js";
import type { Finding } from "./finding.js";
import { WHOLE } from "./shared/module-path.js";
import { magnitude, percent, some } from "./shared/words.js";
import { mean } from "../math/statistics.js";

/** The largest float16; what lies above is infinite. */
const LARGEST16 = Math.log(65504);
/** Room below it that gradients of other batches get. */
const ROOM = Math.log(16);
/** Shares lost from which on it is told. */
export const TOLD = { float16: 0.05, bfloat16: 0.01, heavy: 0.5 } as const;

interface Loss {
  readonly name: string;
  readonly size: number;
  readonly float16: number;
  readonly bfloat16: number;
  readonly lnLargest: number;
}

/**
 * Gradients that half precision would lose: rounded to zero, or, with a loss scale, overflowing. The shares are those of the loss as it is
 * (scale 1); a loss scale S multiplies every gradient by S before it is stored.
 */
export const precisionLoss: FindingRule = {
  id: "precision-loss",
  examine: (c) => {
    const all = lossesOf(c);
    // A drawn cotangent has no size of its own.
    if (all.length === 0 || c.nonFinite || c.measurements.every((m) => m.loss === undefined)) return [];
    const weigh = (share: (l: Loss) => number): number => all.reduce((s, l) => s + share(l) * l.size, 0) / all.reduce((s, l) => s + l.size, 0);
    const [half, brain] = [weigh((l) => l.float16), weigh((l) => l.bfloat16)];
    const top = Math.max(...all.map((l) => l.lnLargest));
    const fits = Math.floor((LARGEST16 - ROOM - top) / Math.LN2);
    const scale = fits >= 31 || fits < 0 ? `2^${fits}` : String(2 ** fits);
    const worst = [...all].sort((a, b) => b.float16 - a.float16).filter((l) => l.float16 > TOLD.float16);
    const findings: Finding[] = [];
    const largest = `the largest gradient element is ${magnitude(top)}`;
    if (c.lossScale !== undefined && top + Math.log(c.lossScale) > LARGEST16) {
      findings.push({
        rule: "precision-loss",
        severity: "warning",
        where: some(all.filter((l) => l.lnLargest + Math.log(c.lossScale!) > LARGEST16).map((l) => l.name)),
        evidence: `${largest}; times the loss scale ${c.lossScale} it is ${magnitude(top + Math.log(c.lossScale))}, beyond float16's 65504`,
        why: "Gradients that overflow are infinite, and the step is skipped (or lost).",
        remedy: `A loss scale of at most ${scale} keeps every gradient of this batch 16-fold below the limit; dynamic scaling finds it at the price of skipped steps.`,
      });
    } else if (half > TOLD.float16) {
      const scaled = c.lossScale !== undefined && c.lossScale > 1;
      findings.push({
        rule: "precision-loss",
        severity: half > TOLD.heavy && scaled && c.lossScale < 2 ** fits ? "warning" : "info",
        where: worst.length === 0 || 2 * worst.length > all.length ? WHOLE : some(worst.map((l) => l.name)),
        evidence: `float16 would round ${percent(half)} of the gradients' non-zero elements to zero without a loss scale${worst.length > 0 ? `, most in ${some(worst.map((l) => `${l.name} (${percent(l.float16)})`))}` : ""}; bfloat16 ${percent(brain)}; ${largest}`,
        why: `float16 has nothing below 6e-8, and sums of many small contributions are lost with them.${scaled ? ` The loss scale ${c.lossScale} shifts that limit down as many times.` : ""}`,
        remedy: `A loss scale of ${scale} uses float16's range up to 16-fold below its limit; bfloat16 needs none but keeps only 8 bits of each gradient. In float32 nothing is lost.`,
      });
    }
    if (brain > TOLD.bfloat16) {
      findings.push({
        rule: "precision-loss",
        severity: "warning",
        where: some(
          [...all]
            .sort((a, b) => b.bfloat16 - a.bfloat16)
            .filter((l) => l.bfloat16 > 0)
            .map((l) => l.name),
        ),
        evidence: `${percent(brain)} of the gradients' non-zero elements lie below 5e-41, where bfloat16, and all but the last bits of float32, end`,
        why: "Gradients of that size come from a profile that vanishes, not from the format.",
        remedy: "Cure the profile; a loss scale helps float16 only.",
      });
    }
    return findings;
  },
};

/** The weights of rank two and more. */
function lossesOf(c: Evidence): readonly Loss[] {
  return (c.measurements[0]?.parameters ?? []).flatMap(({ parameter }, i): Loss[] => {
    // The gradient of a bias before a norm is zero but for rounding, which nobody misses.
    if (parameter.value.shape.length < 2) return [];
    const lost = c.measurements.map((m) => m.parameters[i]!.lost);
    const read = (of: (l: NonNullable<(typeof lost)[number]>) => number | null): number => mean(lost.map((l) => (l ? (of(l) ?? NaN) : NaN)));
    const loss = {
      name: parameter.name,
      size: sizeOf(parameter.value.shape) * read((l) => l.live),
      float16: read((l) => l.float16),
      bfloat16: read((l) => l.bfloat16),
      lnLargest: Math.max(...lost.map((l) => l?.lnLargest ?? NaN)),
    };
    return Number.isFinite(loss.float16) && Number.isFinite(loss.bfloat16) && Number.isFinite(loss.lnLargest) ? [loss] : [];
  });
}
