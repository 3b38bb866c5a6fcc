#!/usr/bin/env python3
"""Golden numbers for tests/unit/model/test_golden.c, from PyTorch's autograd in double precision.

Writes lstm.txt and transformer.txt beside this script, of one network of one layer each, and lstm_deep.txt and
transformer_deep.txt of two layers, two heads and rows that begin late.  Every weight and input is a sine wave that the C
test makes too, so that only results are kept: quantiles, loss and the gradient of every tensor, of the deep ones three
projections of each gradient.  The layers are PyTorch's own (nn.LSTM, nn.LSTMCell, scaled_dot_product_attention), not a
copy of the C code; only the order of the gate columns is translated.

The first line of each file says with which versions.
"""
import os
import sys

import torch
from torch import nn
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
ROWS, CONTEXT, FUTURE, FEATURES, PATCH, WIDTH = 2, 3, 2, 5, 2, 16
STEPS = CONTEXT + FUTURE
LEVELS = torch.tensor([.025, .05, .1, .2, .3, .4, .5, .6, .7, .8, .9, .95, .975])
Q = len(LEVELS)
HUBER = 0.01
HERE = os.path.dirname(os.path.abspath(__file__))


def wave(shape, speed, scale=1.0, shift=0.0):
    n = 1
    for k in shape:
        n *= k
    return (shift + scale * torch.sin(speed * torch.arange(1, n + 1, dtype=torch.float64))).reshape(shape)


class Weights:
    """Tensors in the order of the C code; tensor number k is a wave of speed 0.7 + 0.1 k."""

    def __init__(self):
        self.all = []

    def __call__(self, rows, columns, start=0.0):
        w = wave((rows, columns), 0.7 + 0.1 * len(self.all), 0.3, start).requires_grad_()
        self.all.append(w)
        return w


def block(w, x, inside, middle, outside):
    w1, b1, w2, b2, w3 = w(inside, middle), w(1, middle), w(middle, outside), w(1, outside), w(inside, outside)
    return F.relu(x @ w1 + b1) @ w2 + b2 + x @ w3


def rmsnorm(x, gain):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * gain


def gates(w):
    """Columns [units of 16][i f g o][16] -> PyTorch's rows [i f g o][units]."""
    return w.reshape(w.shape[0], WIDTH // 16, 4, 16).transpose(1, 2).reshape(w.shape[0], 4 * WIDTH).t()


def lstm_layer(w, e):
    gain, wx, wh, bias = w(1, WIDTH, 1.0), w(WIDTH, 4 * WIDTH), w(WIDTH, 4 * WIDTH), w(1, 4 * WIDTH)
    layer = nn.LSTM(WIDTH, WIDTH)
    weights = {"weight_ih_l0": gates(wx), "weight_hh_l0": gates(wh), "bias_ih_l0": gates(bias)[:, 0], "bias_hh_l0": torch.zeros(4 * WIDTH)}
    return e + torch.func.functional_call(layer, weights, (rmsnorm(e, gain),))[0]


def turned(x):
    """Rotary positions as complex numbers: pair (k, k + 8) of step t times exp(i t 10000^(-k/8))."""
    half = x.shape[-1] // 2
    angle = torch.arange(STEPS)[:, None] * 1e4 ** (-torch.arange(half) / half)
    z = torch.complex(x[..., :half], x[..., half:]) * torch.polar(torch.ones_like(angle), angle)
    return torch.cat((z.real, z.imag), -1)


def transformer_layer(w, e):
    n1, qkv, out, n2, up, down = w(1, WIDTH, 1.0), w(WIDTH, 3 * WIDTH), w(WIDTH, WIDTH), w(1, WIDTH, 1.0), w(WIDTH, 4 * WIDTH), w(4 * WIDTH, WIDTH)
    q, k, v = (p.transpose(0, 1) for p in (rmsnorm(e, n1) @ qkv).split(WIDTH, -1))  # [rows][steps][16]: one head
    seen = torch.ones(ROWS, 1, STEPS, dtype=torch.bool)
    seen[1, 0, 1] = False  # the second row's second token holds nothing
    e = e + F.scaled_dot_product_attention(turned(q), turned(k), v, attn_mask=seen).transpose(0, 1) @ out
    return e + F.relu(rmsnorm(e, n2) @ up) @ down


def run(name, layer, kept):
    w = Weights()
    x = wave((STEPS, ROWS, FEATURES), 1.37)
    anchor, spread = wave((FUTURE, ROWS, PATCH), 0.9), wave((FUTURE, ROWS, PATCH), 2.3, 0.5, 1.0)
    target, weight = wave((FUTURE, ROWS, PATCH), 3.1, 2.0), wave((FUTURE, ROWS, PATCH), 1.9, 0.5, 0.5)
    e = layer(w, block(w, x, FEATURES, 2 * WIDTH, WIDTH))
    h = rmsnorm(e[CONTEXT:], w(1, WIDTH, 1.0))
    o = block(w, h, WIDTH, 2 * WIDTH, Q * PATCH).reshape(FUTURE, ROWS, Q, PATCH)
    probit = torch.special.ndtri(LEVELS)[:, None]
    quantile = anchor[:, :, None] + spread[:, :, None] * probit + o
    error = target[:, :, None] - quantile
    size = torch.where(error.abs() < HUBER, error.pow(2) / (2 * HUBER) + HUBER / 2, error.abs())
    loss = (weight[:, :, None] * ((LEVELS[:, None] - 0.5) * error + size / 2)).sum() / Q
    loss.backward()
    with open(os.path.join(HERE, name + ".txt"), "w") as f:
        print(f"# torch {torch.__version__}, python {sys.version.split()[0]}; made by make_golden.py", file=f)
        for title, values in [("quantile", quantile), ("loss", loss)] + [(f"gradient{k}", kept(t.grad)) for k, t in enumerate(w.all)]:
            flat = values.detach().reshape(-1).tolist()
            print(title, len(flat), *(f"{v:.9g}" for v in flat), file=f)


def late_lstm_layer(w, e):
    """As lstm_layer, step by step; row 1 begins at step 2 and says nothing before."""
    gain, wx, wh, bias = w(1, WIDTH, 1.0), w(WIDTH, 4 * WIDTH), w(WIDTH, 4 * WIDTH), w(1, 4 * WIDTH)
    cell = nn.LSTMCell(WIDTH, WIDTH)
    weights = {"weight_ih": gates(wx), "weight_hh": gates(wh), "bias_ih": gates(bias)[:, 0], "bias_hh": torch.zeros(4 * WIDTH)}
    x, h, c, out = rmsnorm(e, gain), torch.zeros(ROWS, WIDTH), torch.zeros(ROWS, WIDTH), []
    for step in range(STEPS):
        live = torch.tensor([[1.0], [1.0 if step >= 2 else 0.0]])
        h, c = torch.func.functional_call(cell, weights, (x[step], (h, c)))
        h, c = h * live, c * live
        out.append(h)
    return e + torch.stack(out)


def heads_layer(w, e):
    n1, qkv, out, n2, up, down = w(1, WIDTH, 1.0), w(WIDTH, 3 * WIDTH), w(WIDTH, WIDTH), w(1, WIDTH, 1.0), w(WIDTH, 4 * WIDTH), w(4 * WIDTH, WIDTH)
    q, k, v = (p.reshape(STEPS, ROWS, WIDTH // 16, 16).permute(1, 2, 0, 3) for p in (rmsnorm(e, n1) @ qkv).split(WIDTH, -1))
    seen = torch.ones(ROWS, 1, 1, STEPS, dtype=torch.bool)
    seen[1, 0, 0, :2] = False  # the second row begins at its third token
    seen[0, 0, 0, 1] = False
    mixed = F.scaled_dot_product_attention(turned(q), turned(k), v, attn_mask=seen)
    e = e + mixed.permute(2, 0, 1, 3).reshape(STEPS, ROWS, WIDTH) @ out
    return e + F.relu(rmsnorm(e, n2) @ up) @ down


def twice(layer):
    return lambda w, e: layer(w, layer(w, e))


def whole(grad):
    return grad


def projections(grad):
    """Three numbers that no other gradient of this size is likely to share."""
    return torch.stack([(grad.reshape(-1) * wave((grad.numel(),), speed)).sum() for speed in (0.37, 0.53, 0.71)])


run("lstm", lstm_layer, whole)
run("transformer", transformer_layer, whole)
WIDTH = 32
run("lstm_deep", twice(late_lstm_layer), projections)
run("transformer_deep", twice(heads_layer), projections)
