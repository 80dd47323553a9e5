/** The most times that a run stops to be scored and kept. */
const STOPS = 50;

/** Returns `count` steps before which to measure, spread over a run: the first, the last, and the rest evenly between. */
export function momentsOf(steps: number, count: number): readonly number[] {
  if (count === 0) return [];
  if (count === 1 || steps === 1) return [0];
  return [...new Set(Array.from({ length: Math.min(count, steps) }, (_, i) => Math.round((i * (steps - 1)) / (Math.min(count, steps) - 1))))];
}

/** Returns the numbers of made steps at which a run stops: at the end of epochs, at most so many, and at its end. An epoch that is long is stopped at within. */
export function stopsOf(steps: number, perEpoch: number): readonly number[] {
  const epochs = Math.ceil(steps / perEpoch);
  const every =
    epochs <= STOPS ? perEpoch / Math.max(1, Math.min(Math.floor(perEpoch / 500), Math.floor(STOPS / epochs))) : perEpoch * Math.ceil(epochs / STOPS);
  const stops = new Set<number>([steps]);
  for (let s = every; s < steps; s += every) stops.add(Math.round(s));
  return [...stops].sort((a, b) => a - b);
}
