/**
 * Predicts the shares [L + 1] of the squared gradient by the number k = 0 … L of branches on its paths: the normalised coefficients of Π_l (skip_l +
 * gain_l·x), with the squared gains of branches and shortcuts (default 1). With every gain 1 this is the Binomial(L, ½) of Veit, Wilber & Belongie 2016;
 * with gains p it is weighted by p^k. Assumes that paths are uncorrelated, as they are for independent weights of mean 0.
 */
export function pathShares(gains: readonly number[], skips?: readonly number[]): readonly number[] {
  let shares = [1];
  gains.forEach((gain, l) => {
    const skip = skips?.[l] ?? 1;
    const total = skip + gain;
    const next = new Array<number>(shares.length + 1).fill(0);
    // Normalised at every block, so that 2^L does not overflow.
    shares.forEach((s, k) => {
      next[k]! += (s * skip) / total;
      next[k + 1]! += (s * gain) / total;
    });
    shares = next;
  });
  return shares;
}

/** Sums the shares of paths with `from` to `to` branches, both included. */
export const shareBetween = (shares: readonly number[], from: number, to: number): number => shares.slice(from, to + 1).reduce((s, v) => s + v, 0);
