import type { PendingClaim } from "./claim.js";

/** Plain VGG networks do not explode with well-placed BatchNorm: to be measured. */
export const vggWithBn: PendingClaim = {
  id: "vgg-with-bn",
  sentence: "Plain VGG networks do not explode with well-placed BatchNorm.",
  from: "a reply of the thread",
  experiment: "Convolutional networks with BatchNorm of 10 to 50 layers, at initialisation and after 1, 10 and 100 steps.",
  pending: "its training steps need the training room",
};
