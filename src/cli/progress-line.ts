import { writeSync } from "node:fs";

/** What the main thread and the one that watches it share: when the main thread was last seen alive, whether a line is shown, when one was printed. */
export interface SharedProgress {
  /** Milliseconds since the start, by {@link SLOTS}. */
  readonly slots: Int32Array;
  /** What is being done, in UTF-8, of `slots[SLOTS.length]` bytes. */
  readonly text: Uint8Array;
}

/** The places in `slots`. */
export const SLOTS = { beat: 0, shown: 1, printed: 2, ended: 3, length: 4 } as const;

/** Where the line is written. */
export interface ProgressSink {
  readonly isTTY?: boolean | undefined;
  /** Columns of a terminal; a longer line could not be rewritten in place. */
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

/** The time in ms that passes before the line is shown on a terminal. */
const PATIENCE_MS = 1000;
/** The time in ms that passes before the first line elsewhere, and between lines. */
const FIRST_MS = 2000;
const NEXT_MS = 15_000;

export const CLEAR = "\r\u001b[2K";

/** Writes what is being done, where it is time: on a terminal a line that is written anew in place, elsewhere a line of its own now and then. `now`: ms since the start. */
export function tick({ slots, text }: SharedProgress, sink: ProgressSink, now: number): void {
  const length = Atomics.load(slots, SLOTS.length);
  if (length === 0 || Atomics.load(slots, SLOTS.ended) !== 0) return;
  // A view of shared memory is nothing that can be decoded.
  const line = `${new TextDecoder().decode(text.slice(0, length))} … ${Math.round(now / 1000)} s`;
  if (sink.isTTY === true) {
    if (now <= PATIENCE_MS) return;
    const most = (sink.columns ?? 80) - 1;
    sink.write(CLEAR + (line.length > most ? `…${line.slice(line.length - most + 1)}` : line));
    Atomics.store(slots, SLOTS.shown, 1);
    return;
  }
  const printed = Atomics.load(slots, SLOTS.printed);
  if (printed === 0 ? now < FIRST_MS : now - printed < NEXT_MS) return;
  Atomics.store(slots, SLOTS.printed, now);
  sink.write(`isograd: ${line}\n`);
}

/** Returns the sink of a file descriptor, written to at once. What cannot be written is lost. */
export const descriptorSink = (fd: number, isTTY: boolean, columns: number | undefined): ProgressSink => ({
  isTTY,
  columns,
  write: (text) => {
    try {
      writeSync(fd, text);
    } catch {
      // A reader that has gone, or a pipe that is full, is no reason to end.
    }
  },
});
