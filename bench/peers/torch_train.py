"""Training steps of the networks of bench/nets.mjs in PyTorch: SGD with momentum.

usage: torch_train.py NET SECONDS THREADS     one JSON line on stdout
       torch_train.py --version
Without PyTorch: exit status 3.
"""

import json
import resource
import sys
import time

import torch_gradients as peers
from torch_gradients import F, torch


def measure(net, seconds, threads):
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    model, x, labels = peers.TRAINED[net]()
    model.train()
    optimizer = torch.optim.SGD(model.parameters(), 1e-3, momentum=0.9)
    # As many examples as a small data set has, from which batches are taken.
    n = len(x)
    data, answers = x.repeat(4, *[1] * (x.dim() - 1)), labels.repeat(4, *[1] * (labels.dim() - 1))

    def step():
        rows = torch.randperm(len(data))[:n]
        logits = model(data[rows])
        loss = F.cross_entropy(logits.reshape(-1, logits.shape[-1]), answers[rows].reshape(-1))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        return loss.item()

    for _ in range(3):
        step()
    milliseconds = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(milliseconds) < 5:
        start = time.perf_counter()
        step()
        milliseconds.append((time.perf_counter() - start) * 1e3)
    return {
        "net": net,
        "examples": n,
        "ms": milliseconds,
        "parameters": sum(p.numel() for p in model.parameters()),
        "peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }


if __name__ == "__main__":
    if sys.argv[1] == "--version":
        print(torch.__version__)
    else:
        print(json.dumps(measure(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))))
