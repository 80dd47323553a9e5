// Writes docs/data.md, what --data takes, from the records of sources, files and augmentations: node tools/data-table.mjs
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const { SOURCES } = await import("../dist/data/sources/index.js");
const { FORMATS } = await import("../dist/data/formats/index.js");
const { AUGMENTATIONS } = await import("../dist/data/augment/index.js");

const cell = (text) => text.replaceAll("|", "\\|");
const table = (head, rows) =>
  [`| ${head.join(" | ")} |`, `|${head.map(() => "---").join("|")}|`, ...rows.map((r) => `| ${r.map(cell).join(" | ")} |`)].join("\n");

const text = `# Data

\`isograd train SPEC|MODEL.onnx --data D\` trains on examples. This page lists what D may be. It is written by \`node tools/data-table.mjs\` from the files in
src/data/sources, src/data/formats and src/data/augment.

## By a word

${table(
  ["\`--data\`", "what it is"],
  SOURCES.map((s) => [`\`${s.takes === undefined ? s.name : `${s.name}:${s.takes}`}\``, s.summary]),
)}

digits, mnist, fashion-mnist and cifar10 are standardised by constants that are usual for them: mean and deviation of all pixels of the training images, in parts of 255.

| data | mean | deviation |
|---|---|---|
| digits, mnist, sequential-mnist | .1307 | .3081 |
| fashion-mnist | .2860 | .3530 |
| cifar10: red, green, blue | .4914 .4822 .4465 | .2470 .2435 .2616 |

Drawn examples (teacher, adding, copying, temporal-order) are functions of \`--seed\` and of their number: 10,000 to train on, 1,000 to score by. Inputs are drawn whenever they are needed, and take no memory.

## In a file

${table(
  ["file", "what is in it"],
  FORMATS.map((f) => [f.endings.map((e) => `\`FILE${e}\``).join(", "), f.summary]),
)}

- **Names.** A single input may have any name. With several, each has the name of the network's input. In files of tensors \`y\` stands for labels, where it is of integers, or
  for a target of one number an example. Names with a part, as in \`x_train\`, \`y_train\`, \`x_test\`, \`y_test\` or \`train/images\`, are examples to train on and to score by.
- **Images.** Bytes in tensors with two or three axes an example are images: they are given as parts of 255, with their channels first. A network whose input is uint8 gets the
  bytes. Floats with 1, 3 or 4 channels on the last axis are turned, too. PNG and JPEG keep 8 bits of each channel; opacity is left out, and what is stored about the
  camera's position is not looked at.
- **Fit.** An image also fits an input that is a row of its pixels, has no axis for one channel, or has its channels last. Tokens fit an input of integers of any
  length; a network of floats gets each as a row of zeros with a one. Integers of a file that stand for nothing go into floats as they are.
- **Tables.** The first line has the names, if it has one of the two or no number at all. Delimiters are guessed. A missing value is an error that names line and column. Integer classes that begin
  at 0 keep their numbers; others are numbered in ascending order, and the report tells how.
- **Networks of ours** get the fields that the data knows and the spec does not say: input, length, vocabulary, classes. A transformer that answers at every position of a text is causal.

## Options

- \`--val FILE\` scores by other data, whose words and classes get the numbers that they have in the training data. \`--val SHARE\` draws this share of the examples, always the same ones. \`--val none\` scores
  by nothing.
- \`--standardise\` subtracts the mean and divides by the standard deviation of the training examples: for each channel of an image, or each feature of anything else. Constant features stay. The
  record has the constants in \`data.standardised\`: whoever uses the network later needs them.
- \`--augment\` changes training images by seed, epoch and number of the example; what is scored by stays:

${table(
  ["\`--augment\`", "what it does"],
  AUGMENTATIONS.map((a) => [`\`${a.name}\``, a.summary]),
)}

Data that would take more memory than \`--max-memory\` allows is refused before it is read or unpacked.
`;

writeFileSync(fileURLToPath(new URL("../docs/data.md", import.meta.url)), text);
