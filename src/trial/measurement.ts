import type * as z from "zod";
import type { DataHost } from "../data/source.js";
import type { Tensor } from "../graph/tensor.js";
import type { Bound } from "../passes/bind.js";
import type { Runtime, Values } from "../runtime/runtime.js";
import type { Structure } from "../structure/types.js";

/** The common network of a family of trials, which differ by their seeds only. */
export interface Subject {
  /** The network, with the weights of one of the seeds. */
  readonly bound: Bound;
  readonly structure: Structure;
  /** Name of the output at the end of the trunk. */
  readonly output: string;
  readonly examples: number;
}

/** The random weights, inputs and seeds of one trial. */
export interface Draw {
  /** Seed of the trial, for random numbers of the measurement itself. */
  readonly seed: number;
  /** Seed of the batch, for labels and targets. */
  readonly batchSeed: number;
  /** The network's weights by name, to be passed to `Executable.run`. The next draw overwrites them. */
  readonly weights: Values;
  /** The network's inputs by name. */
  readonly inputs: ReadonlyMap<string, Tensor>;
  /** The network with these weights, for graphs that are built for each seed. */
  readonly bound: Bound;
}

/** The runtime and its limits, with which a measurement works. */
export interface Tools {
  readonly runtime: Runtime;
  /** Memory limit of a run in bytes. */
  readonly memoryLimit: number;
  /** What reads the data that networks are trained on; without it nothing is trained. */
  readonly dataHost?: DataHost | undefined;
}

/** A measurement prepared for one subject: graphs are built, and sessions open. */
export interface Prepared<R> {
  measure(draw: Draw): Promise<R>;
  dispose(): Promise<void>;
}

/** A kind of measurement: one file each in measurements/, and one line in measurements/index.ts. */
export interface MeasurementKind<O, R> {
  readonly name: string;
  /** To be raised whenever the same spec gives other numbers; results of other versions are measured anew. */
  readonly version: number;
  /** One sentence. */
  readonly summary: string;
  /** Schema of the options, with defaults. */
  readonly options: z.ZodType<O>;
  /** Schema of the result, which is stored as JSON. */
  readonly result: z.ZodType<R>;
  /** Builds the graphs and sessions that all trials of a family share. It is called once for a family. */
  prepare(subject: Subject, options: O, tools: Tools): Promise<Prepared<R>>;
}
