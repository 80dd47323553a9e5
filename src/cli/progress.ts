/** Something that can be written to, perhaps a terminal. */
interface Sink {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** A line on the terminal that says what the program is doing. */
export interface Progress {
  say(what: string): void;
  /** Takes the line away before something else is printed; it comes back by itself. */
  clear(): void;
  /** Takes the line away for good. */
  end(): void;
}

/** The time in ms that passes before the line is shown. */
const PATIENCE_MS = 1000;

const CLEAR = "\r\u001b[2K";

/** Returns a line that says what the program is doing. It is shown on a terminal only, after a second, and rewritten in place. */
export function progress(sink: Sink): Progress {
  const start = performance.now();
  let shown = false;
  let last = "";
  let timer: NodeJS.Timeout | undefined;
  const paint = (): void => {
    const seconds = Math.round((performance.now() - start) / 1000);
    sink.write(`${CLEAR}${last} … ${seconds} s`);
    shown = true;
  };
  const clear = (): void => {
    if (shown) sink.write(CLEAR);
    shown = false;
  };
  return {
    say(what) {
      last = what;
      if (sink.isTTY !== true) return;
      timer ??= setInterval(() => performance.now() - start > PATIENCE_MS && paint(), 250).unref();
      if (shown) paint();
    },
    clear,
    end() {
      clearInterval(timer);
      clear();
    },
  };
}
