#!/usr/bin/env python3
"""What a user would pick instead: PyTorch on the CPU, same shapes as Wardcast's networks.

Needs PyTorch and nothing else.  Usage: peer_torch.py [THREADS]
Prints one line per case: windows per second in training (forward, pinball loss, backward, clip, AdamW) and in inference,
GFLOP/s by the same count that Wardcast's bench uses (2 x multiply-adds of the matrix products; training = 3 x forward), and the
latency of a single window.  Best of several repetitions, so that a noisy machine hurts both sides alike: run both in one go, in turn.
"""
import sys
import time

import torch
from torch import nn

THREADS = int(sys.argv[1]) if len(sys.argv) > 1 else 2
Q = 13


class Lstm(nn.Module):
    """tokens[B][T][F] -> residual LSTM layers of width d -> head on every token [B][T][P*Q]."""

    def __init__(self, f, d, layers, p):
        super().__init__()
        self.inp = nn.Linear(f, d)
        self.layers = nn.ModuleList(nn.LSTM(d, d, batch_first=True) for _ in range(layers))
        self.norm = nn.ModuleList(nn.LayerNorm(d) for _ in range(layers + 1))
        self.up, self.out = nn.Linear(d, 2 * d), nn.Linear(2 * d, p * Q)

    def forward(self, x):
        h = self.inp(x)
        for norm, layer in zip(self.norm, self.layers):
            h = h + layer(norm(h))[0]
        return self.out(torch.relu(self.up(self.norm[-1](h))))

    @staticmethod
    def flops(t, f, d, layers, p):
        return 2 * t * (f * d + layers * 8 * d * d + d * 2 * d + 2 * d * p * Q)


class Patch(nn.Module):
    """tokens[B][T][F] -> pre-norm encoder of width d, 4 heads, FFN 4d -> head on every token."""

    def __init__(self, f, d, layers, p):
        super().__init__()
        self.inp = nn.Linear(f, d)
        layer = nn.TransformerEncoderLayer(d, 4, 4 * d, dropout=0.0, batch_first=True, norm_first=True, activation="relu")
        self.body = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False) if "enable_nested_tensor" in nn.TransformerEncoder.__init__.__code__.co_varnames else nn.TransformerEncoder(layer, layers)
        self.norm, self.up, self.out = nn.LayerNorm(d), nn.Linear(d, 2 * d), nn.Linear(2 * d, p * Q)

    def forward(self, x):
        return self.out(torch.relu(self.up(self.norm(self.body(self.inp(x))))))

    @staticmethod
    def flops(t, f, d, layers, p):
        return 2 * t * (f * d + layers * (4 * d * d + 8 * d * d) + d * 2 * d + 2 * d * p * Q) + layers * 4 * t * t * d


def best(fn, warm, runs):
    for _ in range(warm):
        fn()
    took = []
    for _ in range(runs):
        start = time.perf_counter()
        fn()
        took.append(time.perf_counter() - start)
    return min(took)


def case(kind, b, t, p, d, layers):
    f = 2 * p + 24
    model = kind(f, d, layers, p)
    flops = kind.flops(t, f, d, layers, p)
    levels = torch.linspace(0.025, 0.975, Q).repeat(p)
    x, y = torch.randn(b, t, f), torch.randn(b, t, p * Q)
    optimiser = torch.optim.AdamW(model.parameters(), 1e-3)

    def step():
        optimiser.zero_grad(set_to_none=True)
        e = y - model(x)
        torch.maximum(levels * e, (levels - 1) * e).mean().backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()

    train = best(step, 2, 6)
    model.eval()
    with torch.no_grad():
        infer = best(lambda: model(x), 2, 8)
        one = best(lambda: model(x[:1]), 5, 30)
    print(f"torch {kind.__name__.lower()} B={b} T={t} P={p} d={d} L={layers} threads={THREADS}: "
          f"train {b / train:.0f} windows/s {3 * flops * b / train / 1e9:.1f} GFLOP/s, "
          f"infer {b / infer:.0f} windows/s {flops * b / infer / 1e9:.1f} GFLOP/s, one window {1e3 * one:.3f} ms", flush=True)


torch.manual_seed(1)
torch.set_num_threads(THREADS)
print("torch", torch.__version__)
for kind, layers in ((Lstm, 2), (Patch, 3)):
    for b in (64, 256):
        case(kind, b, 112, 7, 64, layers)   # daily group
        case(kind, b, 63, 24, 64, layers)   # hourly group
    case(kind, 256, 112, 7, 128, layers)
