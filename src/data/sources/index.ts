import type { DataSource } from "../source.js";
import { adding } from "./adding.js";
import { cifar10 } from "./cifar10.js";
import { copying } from "./copying.js";
import { digits } from "./digits.js";
import { fashionMnist } from "./fashion-mnist.js";
import { images } from "./images.js";
import { mnist } from "./mnist.js";
import { sequentialMnist } from "./sequential-mnist.js";
import { teacher } from "./teacher.js";
import { temporalOrder } from "./temporal-order.js";
import { text } from "./text.js";

/** Every source of examples that has a word, in the order in which they are listed. */
export const SOURCES: readonly DataSource[] = [
  digits,
  mnist,
  fashionMnist,
  cifar10,
  images,
  text,
  teacher,
  adding,
  copying,
  temporalOrder,
  sequentialMnist,
];
