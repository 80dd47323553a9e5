import type * as z from "zod";
import type { Tensor } from "../graph/tensor.js";
import type { Bound } from "../passes/bind.js";
import type { Runtime, Values } from "../runtime/runtime.js";
import type { Structure } from "../structure/types.js";

/** What all trials that differ by their seeds only have in common. */
export interface Subject {
  /** The network with the weights of one of the seeds. */
  readonly bound: Bound;
  readonly structure: Structure;
  /** The output that the trunk leads to. */
  readonly output: string;
  readonly examples: number;
}

/** What one seed brings. */
export interface Draw {
  /** Seed of the trial: for what the measurement itself draws. */
  readonly seed: number;
  /** Seed of the batch: for labels and targets. */
  readonly batchSeed: number;
  /** The network's weights, by name: to be given to `Executable.run`. The next draw writes over them. */
  readonly weights: Values;
  /** The network's inputs. */
  readonly inputs: ReadonlyMap<string, Tensor>;
  /** The network with these weights in place, for what has to be built for each seed. */
  readonly bound: Bound;
}

/** What a measurement works with. */
export interface Tools {
  readonly runtime: Runtime;
  /** Bytes that a run may take. */
  readonly memoryLimit: number;
}

/** A measurement made ready for one subject: graphs built, sessions open. */
export interface Prepared<R> {
  measure(draw: Draw): Promise<R>;
  dispose(): Promise<void>;
}

/** A kind of measurement: one file each in measurements/, and one line in measurements/index.ts. */
export interface MeasurementKind<O, R> {
  readonly name: string;
  /** Raised whenever the same spec would give other numbers: results of another version are measured anew. */
  readonly version: number;
  /** One sentence. */
  readonly summary: string;
  /** What can be set, with defaults. */
  readonly options: z.ZodType<O>;
  /** The result, as stored: JSON. */
  readonly result: z.ZodType<R>;
  /** Builds what all seeds share. It is not called again for trials that differ by their seeds only. */
  prepare(subject: Subject, options: O, tools: Tools): Promise<Prepared<R>>;
}
