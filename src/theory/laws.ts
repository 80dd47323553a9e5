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

/** All laws by name, with which measurements are compared. Claims take them as an argument, so that a test can replace them by wrong ones. */
export interface Laws {
  readonly plain: typeof plainLaw;
  readonly batchNorm: typeof batchNormLaw;
  readonly batchNormGain: typeof batchNormGain;
  readonly featureNorm: typeof featureNormLaw;
  readonly residual: typeof residualLaw;
  readonly resNetV1: typeof resNetV1Law;
  readonly placed: typeof placedLaw;
  readonly lastLayerNorm: typeof lastLayerNorm;
  readonly highway: typeof highwayLaw;
  readonly recurrent: typeof recurrentLaw;
  readonly recurrentGain: typeof recurrentGain;
  readonly gaussianProduct: typeof gaussianProduct;
  readonly skipCosine: typeof skipCosine;
  readonly pathShares: typeof pathShares;
  readonly joined: typeof joinedLaw;
  readonly shattering: typeof shattering;
  readonly shatteringOfMasks: typeof shatteringOfMasks;
  readonly borderEffect: typeof borderEffect;
}

/** The laws as derived and published. */
export const laws: Laws = {
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
};
