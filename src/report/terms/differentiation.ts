/** How derivatives are computed. */
export const DIFFERENTIATION = {
  vjp: { term: "vjp, reverse mode", meaning: "A vector–Jacobian product: the backward pass." },
  jvp: { term: "jvp, forward mode", meaning: "A Jacobian–vector product: how outputs move when inputs move in one direction." },
  hvp: { term: "hvp", meaning: "A Hessian–vector product: how the gradient moves when parameters move in one direction." },
  jacobian: {
    term: "Jacobian",
    symbol: "J",
    meaning: "The matrix of the derivatives of all outputs by all inputs. Its singular values tell by what factors directions are stretched.",
  },
  primal: { term: "primal", meaning: "A value of the forward pass, as distinct from its cotangent." },
} as const;
