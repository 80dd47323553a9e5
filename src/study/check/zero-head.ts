import { tensor } from "../../graph/tensor.js";
import type { Tensor } from "../../graph/tensor.js";
import { checkReadings, lnGradientAt, lnParameterGradient } from "../../probe/check-readings.js";
import type { CheckReadings } from "../../probe/check-readings.js";
import { measurerOf, replicatesOf } from "../../probe/measure.js";
import type { MeasureRun } from "../../probe/measure.js";
import { profileAlone } from "./prepare.js";
import type { Structure } from "../../structure/types.js";
import { stream } from "../../util/random.js";

/** A network whose head starts at zero, measured with a head that is drawn. */
export interface OpenedHead {
  /** The weights of the head that are zero. */
  readonly weights: readonly string[];
  readonly measured: CheckReadings;
}

/**
 * Measures the profile once more with the head's zero weights drawn from N(0, 1/n), n their shorter side, where they keep every gradient from the network behind
 * them: its first step opens the head, and the profile is that of the network then. Undefined where no gradient is kept back, or not by the head. Errors: those of measuring.
 */
export async function openedHead(run: MeasureRun, main: Structure, measured: CheckReadings): Promise<OpenedHead | undefined> {
  if (main.blocks.length === 0 || lnGradientAt(measured, main.blocks[0]!.to) !== -Infinity) return undefined;
  const head = new Set(main.blocks.flatMap((b) => (b.role === "head" ? b.weights : [])));
  const zeros = measured.places.parameters.flatMap(({ parameter: { name, value } }, i) => {
    const shut = head.has(name) && value.shape.length > 1 && value.data.every((v: number) => v === 0) && !run.bound.graph.constants.has(name);
    return shut && lnParameterGradient(measured, i) > -Infinity ? [name] : [];
  });
  if (zeros.length === 0) return undefined;
  run.onProgress?.("the profile behind a head that starts at zero");
  const weights = new Map(zeros.map((name) => [name, drawn(run.bound.graph.initializers.get(name)!, name, run.seed)]));
  const measurer = measurerOf(profileAlone(run), { keep: false });
  try {
    const { measurements } = await measurer.measure(replicatesOf(run).map((r) => ({ ...r, weights })));
    return { weights: zeros, measured: checkReadings(run.bound, run.structure, measurements) };
  } finally {
    await measurer.dispose();
  }
}

function drawn(t: Tensor, name: string, seed: number): Tensor {
  const random = stream(seed, `head/${name}`);
  const spread = 1 / Math.sqrt(Math.min(...t.shape));
  return tensor(
    t.dtype,
    t.shape,
    Float64Array.from({ length: t.data.length }, (_, i) => spread * random.normal(i)),
  );
}
