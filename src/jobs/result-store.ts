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

/** The answer to a request for a trial. `mine`: the caller computes it; `taken`: another process is computing it; `done`: the store has its result. */
export type Reservation = "mine" | "taken" | "done";

/**
 * A store of results by the keys of their trials. Many processes may share one. One process at a time can reserve a trial; the reservation passes to another
 * when its owner has ended, or has not renewed it for the length of a lease. Error of all methods: `store/failed`.
 */
export interface ResultStore {
  /** The location of the store, to show. */
  readonly location: string;
  /** Reads the result of a trial as JSON; undefined where there is none. */
  get(key: string): Promise<string | undefined>;
  /** Reserves a trial. The reservation is renewed until the result is put, the trial is released, or the store is closed. */
  reserve(key: string): Promise<Reservation>;
  /** Stores a result permanently and ends the reservation. Where there is a result already, it stays. */
  put(entry: Stored): Promise<void>;
  /** Deletes a result that cannot be read, so that the trial is measured anew. */
  discard(key: string): Promise<void>;
  /** Releases a trial, so that it can be reserved again. */
  release(key: string): Promise<void>;
  /** Releases all reservations and closes the store. */
  close(): Promise<void>;
}
