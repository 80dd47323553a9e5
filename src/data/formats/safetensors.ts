import { readSafetensors } from "../../io/safetensors.js";
import { tensorsAsData } from "../shared/tensors-as-data.js";
import type { DataFormat } from "../source.js";

/** Tensors by the names of the network's inputs, and `labels` or `target`, each with a row for every example. */
export const safetensors: DataFormat = {
  endings: [".safetensors"],
  summary: "tensors by the names of the network's inputs, and `labels` or `target`, each with a row for every example",
  open: (path, host) => tensorsAsData(readSafetensors(host.bytes(path), path), path),
};
