import type { ProgressSink } from "./progress-line.js";

/** The loss so far as a line of bars, behind what is being done. */
export interface LossLine {
  add(loss: number): void;
  /** The text with the bars behind it, where there is a terminal with room for them. */
  behind(text: string): string;
}

const BARS = "▁▂▃▄▅▆▇█";
/** Bars of the longest line, and of the shortest that says anything. */
const MOST = 24;
const LEAST = 6;
/** Columns that the seconds behind the text take. */
const SECONDS = 12;
/** Losses that are kept; of more every second one is. */
const KEPT = 512;

/** Returns the line for a stream: on a terminal of the columns that are left, elsewhere none. */
export function lossLine({ isTTY, columns }: Pick<ProgressSink, "isTTY" | "columns">): LossLine {
  let losses: number[] = [];
  let every = 1;
  let seen = 0;
  return {
    add(loss) {
      if (seen++ % every !== 0 || !Number.isFinite(loss)) return;
      losses.push(loss);
      if (losses.length < KEPT) return;
      losses = losses.filter((_, i) => i % 2 === 0);
      every *= 2;
    },
    behind(text) {
      const room = Math.min(MOST, (columns ?? 80) - text.length - 1 - SECONDS);
      return isTTY !== true || room < LEAST || losses.length < LEAST ? text : `${text} ${bars(losses, Math.min(room, losses.length))}`;
    },
  };
}

/** The means of so many stretches as bars, in logarithms where all are positive. */
function bars(losses: readonly number[], count: number): string {
  const log = losses.every((v) => v > 0);
  const means = Array.from({ length: count }, (_, i) => {
    const part = losses.slice(Math.floor((i * losses.length) / count), Math.floor(((i + 1) * losses.length) / count));
    return part.reduce((a, b) => a + (log ? Math.log(b) : b), 0) / part.length;
  });
  const [low, high] = [Math.min(...means), Math.max(...means)];
  // What differs by rounding alone is level.
  const level = high - low <= 1e-6 * Math.max(1, Math.abs(high));
  return means.map((v) => BARS[level ? 0 : Math.round(((v - low) / (high - low)) * (BARS.length - 1))]!).join("");
}
