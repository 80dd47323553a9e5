import { batchNormGain, batchNormLaw } from "./laws/batch-norm.js";
import { borderEffect } from "./laws/border.js";
import { featureNormLaw } from "./laws/feature-norm.js";
import { gaussianProduct } from "./laws/gaussian-product.js";
import { highwayLaw } from "./laws/highway.js";
import { joinedLaw } from "./laws/joined.js";
import { pathShares } from "./laws/path-shares.js";
import { plainLaw } from "./laws/plain.js";
import { residualLaw } from "./laws/residual.js";
import { resNetV1Law } from "./laws/resnet-v1.js";
import { recurrentGain, recurrentLaw } from "./laws/rnn.js";
import { shattering, shatteringOfMasks } from "./laws/shattering.js";
import { skipCosine } from "./laws/skip-cosine.js";
import { lastLayerNorm, placedLaw } from "./laws/transformer.js";

/** The laws as derived and published, by name. Claims take them as an argument, so that a test can replace them by wrong ones. */
export const laws = {
  plain: plainLaw,
  batchNorm: batchNormLaw,
  batchNormGain,
  featureNorm: featureNormLaw,
  residual: residualLaw,
  resNetV1: resNetV1Law,
  placed: placedLaw,
  lastLayerNorm,
  highway: highwayLaw,
  recurrent: recurrentLaw,
  recurrentGain,
  gaussianProduct,
  skipCosine,
  pathShares,
  joined: joinedLaw,
  shattering,
  shatteringOfMasks,
  borderEffect,
} as const;

/** All laws with which measurements are compared. */
export type Laws = typeof laws;
