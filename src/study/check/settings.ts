import type { LossSpec } from "../../autodiff/loss.js";
import type { Choice } from "../../data/drawn-inputs.js";
import type { Measured } from "../../probe/measure.js";
import { INTERVAL_BATCHES } from "../../probe/profile.js";
import type { CheckOptions } from "./options.js";

/** What settings follow from. */
export interface SettingsRequest {
  readonly options: CheckOptions;
  readonly loss: LossSpec | undefined;
  readonly measured: Measured;
  /** Whether examples influence each other; undefined with one example. */
  readonly mixing: boolean | undefined;
  /** How many batches were measured. */
  readonly batches: number;
  /** Examples that were left out because their gradient is exactly zero. */
  readonly zeroExamples: number;
}

/** Returns how the network was measured, as rows of the record: loss, arithmetic, dropout, batches, and the notes of the measurement. */
export function settingsOf({ options, loss, measured, mixing, batches, zeroExamples }: SettingsRequest): readonly Choice[] {
  const rows: Choice[] = [
    { what: "loss", value: lossWords(loss) },
    {
      what: "arithmetic",
      value: `${options.dtype ?? "float32"}, ${options.runtime.name}${measured.rescaled ? ", backward pass rescaled at every block" : ""}`,
    },
    { what: "dropout", value: options.dropoutSeed === undefined ? "identity" : `masks from seed ${options.dropoutSeed}` },
  ];
  if (batches > 1) rows.push({ what: "batches", value: `${batches}${mixing ? ", because examples influence each other" : ""}` });
  if (mixing === true && batches < INTERVAL_BATCHES)
    rows.push({ what: "interval", value: `none: examples influence each other, so an interval takes at least ${INTERVAL_BATCHES} batches` });
  if (zeroExamples > 0) rows.push({ what: "examples left out", value: `${zeroExamples}: their gradient is exactly zero` });
  return [...rows, ...measured.warnings.map((value) => ({ what: "note", value }))];
}

function lossWords(loss: LossSpec | undefined): string {
  if (!loss) return "none: 4 cotangents drawn from N(0, 1) on the output";
  return loss.kind === "output" ? `the network's own output ${loss.name}` : loss.kind;
}
