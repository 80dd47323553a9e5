/** The most nodes of a network that is built. */
export const NODE_LIMIT = 500_000;
