import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";

/** The inputs or outputs of a run: tensors by name. */
export type Values = ReadonlyMap<string, Tensor>;

/** Told now and then how many sessions are open, or how many steps have run, of how many. */
export type OnPart = (done: number, of: number) => void;

/** A graph that is prepared to run any number of times. */
export interface Executable {
  /**
   * Runs once, from every graph input to every graph output; the caller leaves the feeds as they are until then. `weights` replace initializers of the graph in this run, so that a network drawn from
   * another seed runs without being prepared again. Errors: `runtime/failed`, `batch/…`, and `graph/invalid` for weights that the graph lacks or
   * that were stored in it as constants.
   */
  run(feeds: Values, weights?: Values, onPart?: OnPart): Promise<Values>;
  /** Frees the sessions and weights; further runs are an error. */
  dispose(): Promise<void>;
}

/** A graph whose weights change from run to run and stay beside the sessions: nothing but feeds and the other outputs crosses the border. */
export interface Stepper {
  /** Runs once, replaces the weights that are carried, and returns the other outputs. A run that fails leaves the weights as they were. Errors as of a run. */
  step(feeds: Values): Promise<Values>;
  /**
   * Runs `count` steps one after another, at least 1: the same bits as single ones, at a fraction of what it takes to start each. Feeds have a row for each step along a
   * new first axis, and so have the outputs. A failed call leaves the weights as they were.
   */
  steps(count: number, feeds: Values): Promise<Values>;
  /** Takes back the last call of `step` or `steps`, which may be done once. */
  rewind(): Promise<void>;
  /** Returns the names of the carried weights that hold a number that is not finite. */
  nonFinite(): Promise<readonly string[]>;
  /** Prepares another graph that has some of the carried weights: its runs take them as they are then. */
  beside(graph: Graph): Promise<Pick<Executable, "run" | "dispose">>;
  /** Returns the carried weights as they are now. */
  snapshot(): Promise<Values>;
  /** Replaces weights of the graph for all later steps. Errors as of the weights of a run. */
  restore(weights: Values): Promise<void>;
  dispose(): Promise<void>;
}

/** Whose kernels compute: numbers of one arithmetic are the same bits, those of two differ in the last digits. `float64`: the op files. */
export type Arithmetic = "native" | "wasm" | "float64";

/** Executes bound graphs. */
export interface Runtime {
  readonly name: string;
  readonly arithmetic: Arithmetic;
  /** Returns the peak memory of the process in a run of the graph, in bytes, as a bound: weights, inputs, live values, and what the program itself takes. */
  peakBytes(graph: Graph): number;
  /** Prepares a bound graph to run. Errors: `runtime/unavailable`, `runtime/failed`. */
  prepare(graph: Graph, onPart?: OnPart): Promise<Executable>;
  /**
   * Prepares a bound graph to be run step by step. After each step the output `carry.get(w)` becomes the value of the initializer w, for every w in
   * `carry`. Errors: `graph/invalid` for a pair that does not fit, `runtime/…`.
   */
  stepper(graph: Graph, carry: ReadonlyMap<string, string>): Promise<Stepper>;
  /** Ends worker threads and frees everything. */
  close(): Promise<void>;
}
