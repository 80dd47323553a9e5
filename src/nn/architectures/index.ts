import type { Architecture } from "../architecture.js";
import { densenet } from "./densenet.js";
import { highwayConv } from "./highway-conv.js";
import { highway } from "./highway.js";
import { joinedMlp } from "./joined-mlp.js";
import { mlp } from "./mlp.js";
import { nfResnet } from "./nf-resnet.js";
import { plainConv } from "./plain-conv.js";
import { residualConv } from "./residual-conv.js";
import { residualMlp } from "./residual-mlp.js";
import { resnetCifar } from "./resnet-cifar.js";
import { resnet } from "./resnet.js";
import { rnn } from "./rnn.js";
import { transformer } from "./transformer.js";
import { vgg } from "./vgg.js";

/** All architectures, in the order of the documentation. */
export const ARCHITECTURES: readonly Architecture[] = [
  mlp,
  plainConv,
  vgg,
  residualMlp,
  residualConv,
  resnetCifar,
  resnet,
  nfResnet,
  highway,
  highwayConv,
  densenet,
  joinedMlp,
  rnn,
  transformer,
];
