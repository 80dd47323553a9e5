import type { Prediction } from "../prediction.js";

/**
 * The cosine between the gradient that the identity paths carry to the input (the output's, unchanged) and the true one:
 * ⟨g, g_0⟩ = ‖g‖² in expectation and ‖g_0‖² = G·‖g‖², so the cosine is G^{−1/2}: (1 + α²·χ)^{−L/2} for blocks x + α·F of branch gain χ. Takes the
 * prediction of the residual chain, whatever its branch. Assumes skips that are not scaled, and width → ∞.
 */
export const skipCosine = (residual: Pick<Prediction, "lnExpected">): number => Math.exp(-residual.lnExpected / 2);
