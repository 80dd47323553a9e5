/** A result on its way into a store. */
export interface Stored {
  readonly key: string;
  /** The spec and the versions of the measuring code as JSON, for whoever looks into the store. */
  readonly spec: string;
  /** The result as JSON. */
  readonly result: string;
  /** What it took. */
  readonly seconds: number;
}

/** `mine`: to be computed by the one who asked; `taken`: somebody alive computes it; `done`: its result is there. */
export type Claim = "mine" | "taken" | "done";

/**
 * Where results live, under the keys of their trials. Many processes may share one: a claim is given to one asker at a time, and is taken over when its
 * owner is dead or has not been heard of for the length of a lease. All may fail with `store/failed`.
 */
export interface Store {
  /** Where it is, to show. */
  readonly place: string;
  /** The result of a trial as JSON; undefined where there is none. */
  get(key: string): Promise<string | undefined>;
  /** Asks to compute a trial. The claim is kept alive until the result is put, it is released, or the store is closed. */
  claim(key: string): Promise<Claim>;
  /** Keeps a result, for good, and ends the claim. Where there is one already the first stays. */
  put(entry: Stored): Promise<void>;
  /** Throws a result away that cannot be read, so that the trial is measured anew. */
  discard(key: string): Promise<void>;
  /** Gives a claim back: whoever asks next gets it. */
  release(key: string): Promise<void>;
  /** Gives all claims back and closes. */
  close(): Promise<void>;
}
