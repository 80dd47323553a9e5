/**
 * Shares of the squared gradient by the number k of branches that a path crosses: coefficients of Π_l (skip_l + gain_l·x), normalised. With every
 * gain 1 this is Binomial(L, ½) of Veit, Wilber & Belongie 2016; with gain p each, weighted p^k. Assumes that paths are uncorrelated, as fresh
 * weights of mean 0 make them.
 */
export function pathShares(gains: readonly number[], skips?: readonly number[]): readonly number[] {
  let shares = [1];
  gains.forEach((gain, l) => {
    const skip = skips?.[l] ?? 1;
    const total = skip + gain;
    const next = new Array<number>(shares.length + 1).fill(0);
    // Normalised at every block: 2^L never appears.
    shares.forEach((s, k) => {
      next[k]! += (s * skip) / total;
      next[k + 1]! += (s * gain) / total;
    });
    shares = next;
  });
  return shares;
}

/** Σ of shares from `from` to `to` branches, both included. */
export const shareBetween = (shares: readonly number[], from: number, to: number): number => shares.slice(from, to + 1).reduce((s, v) => s + v, 0);
