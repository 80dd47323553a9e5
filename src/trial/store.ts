/** A result to be stored. */
export interface Stored {
  readonly key: string;
  /** The spec and the versions of the measuring code as JSON, for people who read the store. */
  readonly spec: string;
  /** The result as JSON. */
  readonly result: string;
  /** Duration of the measurement in seconds. */
  readonly seconds: number;
}

/** The answer to a claim of a trial. `mine`: the caller computes it; `taken`: another process is computing it; `done`: the store has its result. */
export type Claim = "mine" | "taken" | "done";

/**
 * A store of results by the keys of their trials. Many processes may share one. A trial can be claimed by one process at a time; the claim passes to another
 * when its owner has ended, or has not renewed it for the length of a lease. Error of all methods: `store/failed`.
 */
export interface Store {
  /** The location of the store, to show. */
  readonly place: string;
  /** Reads the result of a trial as JSON; undefined where there is none. */
  get(key: string): Promise<string | undefined>;
  /** Claims a trial. The claim is renewed until the result is put, the claim is released, or the store is closed. */
  claim(key: string): Promise<Claim>;
  /** Stores a result permanently and ends the claim. Where there is a result already, it stays. */
  put(entry: Stored): Promise<void>;
  /** Deletes a result that cannot be read, so that the trial is measured anew. */
  discard(key: string): Promise<void>;
  /** Releases a claim, so that the trial can be claimed again. */
  release(key: string): Promise<void>;
  /** Releases all claims and closes the store. */
  close(): Promise<void>;
}
