/** Something that can be written to, perhaps a terminal. */
interface Sink {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Nothing is shown of what takes less. */
const PATIENCE_MS = 1000;

/** A line that says what is going on, rewritten in place; only on a terminal, and only after a second. */
export function progress(sink: Sink): { say(what: string): void; end(): void } {
  const start = performance.now();
  let shown = false;
  let last = "";
  let timer: NodeJS.Timeout | undefined;
  const draw = (): void => {
    const seconds = Math.round((performance.now() - start) / 1000);
    sink.write(`\r\u001b[2K${last} … ${seconds} s`);
    shown = true;
  };
  return {
    say(what) {
      last = what;
      if (sink.isTTY !== true) return;
      timer ??= setInterval(() => performance.now() - start > PATIENCE_MS && draw(), 250).unref();
      if (shown) draw();
    },
    end() {
      clearInterval(timer);
      if (shown) sink.write("\r\u001b[2K");
    },
  };
}
