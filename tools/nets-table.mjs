// Writes docs/nets.md, the table of architectures and their fields, from the records: node tools/nets-table.mjs [--check]
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const { ARCHITECTURES } = await import("../dist/nn/architectures/index.js");
const { COMMON_FIELDS } = await import("../dist/nn/spec.js");
const { INIT_FIELDS } = await import("../dist/nn/init/scheme.js");
const { ACTIVATIONS } = await import("../dist/nn/layers/activation.js");
const { fieldTexts } = await import("../dist/nn/listing.js");

const cell = (text) => text.replaceAll("|", "\\|");
const table = (fields) =>
  [
    "| field | default | allowed | what it is |",
    "|---|---|---|---|",
    ...fieldTexts(fields).map(
      (f) => `| ${f.name} | ${f.default === undefined ? "" : `\`${cell(f.default)}\``} | ${cell(f.allowed)} | ${cell(f.description)} |`,
    ),
  ].join("\n");

const SAID = [
  ["plain He network, σ_w² = 2.5", "mlp depth=50 init.weightVariance=2.5"],
  ["at the edge of chaos for tanh", "mlp activation=tanh init.weightVariance=1.761 init.biasVariance=0.05"],
  ["Linear→BN→ReLU; ReLU→BN", "mlp norm=batch", "mlp norm=batch layer=weight-act-norm"],
  ["bare skip x + W·φ(x); x + V·φ(Wx); x + φ(Wx)", "residual-mlp branch=act-weight", "branch=weight-act-weight", "branch=weight-act"],
  ["x + k×(BN→ReLU→W), k = 1; 2", "residual-mlp norm=batch branch=norm-act-weight", "branch=norm-act-weight-norm-act-weight"],
  ["norm on the trunk, BN(x + F(x))", "residual-mlp norm=batch branch=act-weight after=norm"],
  ["x + F/√L; x + F/L", 'residual-mlp branchScale="1/sqrt(L)"', 'branchScale="1/L"'],
  ["SkipInit, ReZero (a trainable α that begins at 0)", "residual-mlp branchScale.trained=0"],
  ["zero-γ", "resnet zeroGamma=true"],
  ["Fixup", "resnet norm=none init=fixup"],
  ["ResNet v1; v2", "resnet", "resnet order=full-pre-activation"],
  ["table 1 of He et al. 2016: constant scaling .5", "resnet-cifar depth=110 skipScale=0.5 branchScale=0.5"],
  ["exclusive gating; shortcut-only gating, b = −6", "resnet-cifar depth=110 skip=exclusive-gate gateBias=-6", "skip=shortcut-gate"],
  ["1×1 convolution shortcut; dropout shortcut", "resnet-cifar depth=110 skip=projection", "skip=dropout dropout=0.5"],
  ["the same network without skips", "resnet-cifar depth=110 skip=none"],
  ["Highway with gate bias −4", "highway depth=50 gateBias=-4"],
  ["orthogonal; delta-orthogonal", "mlp init=orthogonal", "plain-conv init=delta-orthogonal padding=circular"],
  ["weights of one standard deviation, whatever the width", "mlp init.scheme=fixed init.std=0.01"],
  ["pre-norm; post-norm; sandwich; DeepNorm", "transformer", "placement=post", "placement=sandwich", "placement=deepnorm"],
];

const text = `# Networks

isograd can build many networks by itself. This page lists the architectures and their fields. It is written by \`node tools/nets-table.mjs\`
from the files in src/nn/architectures.

A network is described by a spec: a JSON object with \`arch\` and those fields that differ from their defaults. \`isograd net SPEC --out F.onnx\`
writes the network as a file. SPEC is a JSON file, JSON text, or a name followed by fields, as on this page. \`isograd net --list NAME\` shows the
fields of one architecture.

Orders of layers are written as words joined by dashes: \`norm-act-weight\` is a norm, an activation and a layer with weights. \`norm: "none"\` removes
the norms from an order and \`activation: "identity"\` the activations, so that two networks of a comparison differ in one field only. A weight depends
on the seed and on its own name alone: another layer, another runtime or another machine does not change it.

| network | spec |
|---|---|
${SAID.map(([what, ...how]) => `| ${cell(what)} | ${how.map((h) => `\`${cell(h)}\``).join("; ")} |`).join("\n")}

${ARCHITECTURES.map((a) => `## ${a.name}\n\n${a.summary}\n\n${table(a.fields)}`).join("\n\n")}

## Fields of every architecture

${table(COMMON_FIELDS)}

### init as an object

A name stands for \`{ "scheme": name }\`. Weights have the variance σ_w²/fan; orthogonal ones are an orthogonal matrix times √σ_w². Biases are drawn from N(0, σ_b²).
Fixup (Zhang, Dauphin & Ma 2019) is He initialisation with four changes: the weights of each branch are divided by L^{1/(2m−2)} (m weights in a branch), the last weight of a
branch and the classifier begin at 0, weights and activations have trainable shifts before them, and each branch has a trainable factor behind it.

${table(INIT_FIELDS)}

### Activations

${ACTIVATIONS.join(", ")}.
`;
const path = fileURLToPath(new URL("../docs/nets.md", import.meta.url));
if (process.argv.includes("--check")) {
  if (readFileSync(path, "utf8") !== text) {
    console.error("docs/nets.md is out of date: run node tools/nets-table.mjs");
    process.exit(1);
  }
} else writeFileSync(path, text);
