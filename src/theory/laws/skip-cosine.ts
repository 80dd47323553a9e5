import type { Prediction } from "../prediction.js";

/**
 * Predicts the cosine between the true gradient g_0 at the input and the gradient g that identity shortcuts carry there unchanged from the output. In
 * expectation ⟨g, g_0⟩ = ‖g‖² and ‖g_0‖² = G·‖g‖², so it is G^{−1/2}, which is (1 + α²·χ)^{−L/2} for blocks x + α·F of squared branch gain χ. Takes the
 * prediction of the residual net. Assumes shortcuts without a factor, and width → ∞.
 */
export const skipCosine = (residual: Pick<Prediction, "lnExpected">): number => Math.exp(-residual.lnExpected / 2);
