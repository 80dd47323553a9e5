import type { Tensor } from "../graph/tensor.js";

/** The names of a run's files in its folder. */
export const RUN_FILES = {
  lines: "run.jsonl",
  record: "record.json",
  lock: ".lock",
  weights: "weights.safetensors",
  model: "model.onnx",
  failure: {
    model: "failure/model.onnx",
    weights: "failure/weights.safetensors",
    batch: "failure/batch.safetensors",
    slots: "failure/slots.safetensors",
  },
} as const;

/** What tells one run from another: a run goes on only as itself. */
export interface RunIdentity {
  readonly schema: "isograd/run/1";
  readonly model: { readonly name: string; readonly sha256: string };
  readonly data: { readonly name: string; readonly examples: number; readonly sha256: string };
  /** Options as they were chosen, by name. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The words and options that it was begun with, for whoever goes on without giving them again; they may differ. */
  readonly asked: unknown;
}

/** The state of a run after a number of steps: parameters, statistics and slots by name. */
export interface Checkpoint {
  readonly step: number;
  readonly state: ReadonlyMap<string, Tensor>;
  /** What was read until then, as lines of JSON. */
  readonly lines: string;
}

/** Keeps what a run makes where it survives the process. All methods but `lines` are done when their promise is. */
export interface RunKeeper {
  /** Begins a run, or goes on with one of the same identity: returns its last checkpoint, where there is one. Errors: `run/other` for one of another identity; `file/…`. */
  begin(identity: RunIdentity): Promise<Checkpoint | undefined>;
  /** Keeps lines of readings, at the latest with the next checkpoint. */
  lines(lines: Iterable<string>): void;
  checkpoint(step: number, state: ReadonlyMap<string, Tensor>): Promise<void>;
  /** Keeps files by their names in the run's folder, all or none. */
  files(files: ReadonlyMap<string, readonly Uint8Array[]>): Promise<void>;
  /** Ends the run's hold of its place. */
  close(): Promise<void>;
}
