/** Decides which worker takes which item: those of one affinity go to one worker, one after the other, as long as no other is idle. */
export interface Schedule<T> {
  add(item: T): void;
  /** Takes an item for a worker: of its own affinity, else of one that nobody has begun, else of half of what the busiest worker has left. */
  next(worker: number): T | undefined;
  /** Takes all that nobody has begun. */
  drain(): readonly T[];
}

/** Makes the schedule of so many workers. */
export function schedule<T extends { readonly affinity: string }>(workers: number): Schedule<T> {
  /** Affinities that no worker has begun, in the order in which they came. */
  const waiting = new Map<string, T[]>();
  const own: { affinity: string; items: T[] }[] = Array.from({ length: workers }, () => ({ affinity: "", items: [] }));
  return {
    add(item) {
      const begun = own.find((w) => w.items.length > 0 && w.affinity === item.affinity);
      if (begun) begun.items.push(item);
      else if (waiting.has(item.affinity)) waiting.get(item.affinity)!.push(item);
      else waiting.set(item.affinity, [item]);
    },
    drain() {
      const all = [...own.flatMap((w) => w.items.splice(0)), ...[...waiting.values()].flat()];
      waiting.clear();
      return all;
    },
    next(worker) {
      const mine = own[worker]!;
      // More of what this worker has just done comes before everything else.
      if (mine.items.length === 0 && waiting.has(mine.affinity)) {
        mine.items = waiting.get(mine.affinity)!;
        waiting.delete(mine.affinity);
      }
      if (mine.items.length > 0) return mine.items.shift();
      const [first] = waiting;
      if (first) {
        waiting.delete(first[0]);
        own[worker] = { affinity: first[0], items: first[1] };
        return own[worker].items.shift();
      }
      const busiest = own.reduce((a, b) => (b.items.length > a.items.length ? b : a));
      if (busiest.items.length < 2) return undefined;
      own[worker] = { affinity: busiest.affinity, items: busiest.items.splice(Math.ceil(busiest.items.length / 2)) };
      return own[worker].items.shift();
    },
  };
}
