import { sizeOf } from "../../graph/tensor.js";
import { batchMean, lostShareOf } from "../../probe/check-readings.js";
import type { LostShare } from "../../probe/lost-share.js";
import type { Evidence } from "../evidence.js";
import { sum } from "./profile.js";

/** The largest float16; what lies above is infinite. */
export const LARGEST16: number = Math.log(65504);
/** Room below it that gradients of other batches get. */
const ROOM = Math.log(16);

/** What half precision would lose of the gradient by one weight. */
export interface WeightLoss {
  readonly name: string;
  /** Number of elements that are not zero. */
  readonly size: number;
  readonly float16: number;
  readonly bfloat16: number;
  readonly lnLargest: number;
}

/** What half precision would lose of all gradients together: the numbers that the whole report shares. */
export interface Precision {
  /** By weight matrices and kernels: the gradient of a bias before a norm is zero but for rounding, which nobody misses. */
  readonly weights: readonly WeightLoss[];
  /** Shares of the non-zero elements of their gradients that would become 0. */
  readonly lostFloat16: number;
  readonly lostBfloat16: number;
  /** ln of the largest gradient element of any parameter, biases among them. */
  readonly lnLargest: number;
  /** The power of two that leaves that element 16-fold below the largest float16. */
  readonly log2LossScale: number;
}

/** Returns what half precision would lose, mean over the batches; undefined where no gradient's elements were looked at. */
export function precisionOf(e: Evidence): Precision | undefined {
  const all = e.places.parameters.flatMap(({ parameter: { name, value } }, i) => {
    const lost = Array.from({ length: e.readings.batches() }, (_, batch) => lostShareOf(e, i, batch));
    const read = (of: (l: LostShare) => number | null): number => batchMean(e, (batch) => (lost[batch] ? (of(lost[batch]) ?? NaN) : NaN));
    const loss = {
      name,
      rank: value.shape.length,
      size: sizeOf(value.shape) * read((l) => l.live),
      float16: read((l) => l.float16),
      bfloat16: read((l) => l.bfloat16),
      lnLargest: Math.max(...lost.map((l) => l?.lnLargest ?? NaN)),
    };
    return Number.isFinite(loss.float16) && Number.isFinite(loss.bfloat16) && Number.isFinite(loss.lnLargest) ? [loss] : [];
  });
  const matrices = all.filter((l) => l.rank > 1);
  const weights = matrices.length > 0 ? matrices : all;
  const size = sum(weights.map((l) => l.size));
  if (!(size > 0)) return undefined;
  const share = (of: (l: WeightLoss) => number): number => sum(weights.map((l) => of(l) * l.size)) / size;
  const lnLargest = Math.max(...all.map((l) => l.lnLargest));
  return {
    weights,
    lostFloat16: share((l) => l.float16),
    lostBfloat16: share((l) => l.bfloat16),
    lnLargest,
    log2LossScale: Math.floor((LARGEST16 - ROOM - lnLargest) / Math.LN2),
  };
}
