import { roughDuration } from "./format.js";

/** The share of the work, and the seconds, after which the time that is left can be told. */
const SHARE = 0.05;
const SECONDS = 2;

/**
 * Returns a function that adds the time that is left to what is being done: "preparing session 3 of 40, about 20 s left". It follows from the parts that are
 * done and the time since this call, and nothing is said of it before these tell enough.
 */
export function timeLeft(): (what: string, done: number, of: number) => string {
  const start = performance.now();
  return (what, done, of) => {
    const seconds = (performance.now() - start) / 1000;
    if (done / of < SHARE || seconds < SECONDS) return what;
    return `${what}, about ${roughDuration((seconds * (of - done)) / done)} left`;
  };
}
