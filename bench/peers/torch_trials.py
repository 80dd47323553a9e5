"""The trials of bench/trials.mjs in PyTorch: python3 torch_trials.py --version | PANEL.json

One process, the threads that OMP_NUM_THREADS gives. For each trial: weights from N(0, 2/fan in), a batch and a cotangent from N(0, 1), forward, the gradient by every
layer's output, and of each output and gradient the norm, of each output the mean cosine between examples and the share that differs between them.
Prints one JSON record: trials, seconds, CPU seconds (user and system), ms per trial by family (median).
"""
import json
import math
import statistics
import sys
import time

import torch

if "--version" in sys.argv:
    print(torch.__version__)
    sys.exit()


def collapse(x):
    n = x.shape[0]
    unit = x / x.norm(dim=1, keepdim=True).clamp_min(1e-30)
    cosine = (unit.sum(0).square().sum() - n) / (n * (n - 1))
    return cosine, 1 - n * x.mean(0).square().sum() / x.square().sum()


def plain(h, weights, values):
    for w in weights:
        z = h @ w.T
        h = torch.relu(z)
        values += [z, h]
    return h


def residual(h, weights, values):
    for w in weights:
        h = h + torch.relu(h @ w.T)
        values.append(h)
    return h


def trial(family, seed):
    depth, width, examples, classes = (family[k] for k in ("depth", "width", "examples", "classes"))
    random = torch.Generator().manual_seed(seed)
    draw = lambda *shape: torch.empty(*shape).normal_(generator=random)
    weights = [draw(width, width).mul_(math.sqrt(2 / width)) for _ in range(depth)]
    head = draw(classes, width).mul_(math.sqrt(2 / width))
    x = draw(examples, width).requires_grad_()
    values = [x]
    h = (residual if family["arch"] == "residual-mlp" else plain)(x, weights, values)
    logits = h @ head.T
    values.append(logits)
    gradients = torch.autograd.grad(logits, values, draw(examples, classes))
    with torch.no_grad():
        rows = []
        for v, g in zip(values, gradients):
            rows += [g.square().sum(1).log().sum(), v.square().sum(1).log().sum(), g.norm().log(), v.norm().log(), *collapse(v)]
        return torch.stack(rows).tolist()


panel = json.load(open(sys.argv[1]))
for family in panel["families"]:
    trial(family, 1)
times = {}
began, worked = time.perf_counter(), time.process_time()
for family in panel["families"]:
    for seed in range(panel["seeds"]):
        start = time.perf_counter()
        trial(family, seed)
        times.setdefault(family["name"], []).append(1000 * (time.perf_counter() - start))
seconds = time.perf_counter() - began
print(json.dumps({"trials": len(panel["families"]) * panel["seeds"], "seconds": seconds, "cpu": time.process_time() - worked, "ms": {k: statistics.median(v) for k, v in times.items()}, "least": {k: min(v) for k, v in times.items()}}))
