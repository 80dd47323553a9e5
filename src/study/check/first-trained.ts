import type { Trunks } from "../../structure/trunks.js";

/**
 * Returns for each trunk the position of the first block that something which is trained lies in or feeds: of the blocks before it no gradient is asked. All blocks count
 * where nothing was frozen, and on the main trunk where another one has something to train, as that may join it anywhere.
 */
export function firstTrained({ trunks, parameters }: Trunks, trained: readonly string[], isFrozen: boolean): readonly number[] | undefined {
  if (!isFrozen) return undefined;
  const places = trained.flatMap((name) => {
    const part = parameters.get(name);
    return part ? [part.block ?? part.feeds] : [];
  });
  return trunks.map((t, i) => {
    if (i === 0 && places.some((p) => p.trunk !== 0)) return 0;
    return Math.min(t.blocks.length, ...places.flatMap((p) => (p.trunk === i ? [p.block] : [])));
  });
}
