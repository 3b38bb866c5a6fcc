#!/usr/bin/env python3
"""Make belief.txt: what numpy says of some smoothers of a Belief (belief.h).

    python3 make_belief.py > belief.txt        (numpy alone)

Nothing of the recursion is used: the errors of a smoother are written as a
matrix times the values, the start is integrated out as a normal with the prior
of belief.c, and the size of the errors under 1 / sigma.  Lines: "case NAME n
season extras", z (nan: not known), extra values; for some cells "cell INDEX
EVIDENCE", mean and scale of 14 steps.
"""
import numpy as np

SPEED, BEND, PHI = [0.01, 0.05, 0.15, 0.3, 0.6], [0.0, 0.03, 0.15], 0.9
PATTERN = [(0, 0), (0.5, 0.001), (0.5, 0.15), (1, 0.001), (1, 0.15), (2, 0.001), (2, 0.15)]
H = 14


def matrices(alpha, beta, phi, gamma, m):
    """State space form: x = (level, slope, seasons from the next one on)."""
    d = 2 + m
    w = np.zeros(d)
    w[0], w[1] = 1, phi
    F = np.zeros((d, d))
    F[0, 0], F[0, 1], F[1, 1] = 1, phi, phi
    g = np.zeros(d)
    g[0], g[1] = alpha, beta
    if m:
        w[2] = 1
        for k in range(m):
            F[2 + k, 2 + (k + 1) % m] = 1
        g[2 + m - 1] = gamma
    return w, F, g


def reference(z, m, extra, precision, cell):
    kind, lane = cell // 16, cell % 16
    alpha, share = SPEED[lane // 3], BEND[lane % 3]
    size, speed = PATTERN[kind]
    phi = PHI if share else 1.0
    m = m if kind else 0
    w, F, g = matrices(alpha, alpha * share, phi, (1 - alpha) * speed, m)
    n, d, K = len(z), 2 + m, len(extra)
    known = ~np.isnan(z)
    # forecasts are linear in (start, coefficients, known values): carry the rows
    state = np.zeros((d, d + K + n))
    state[:, :d] = np.eye(d)
    rows = []
    for t in range(n + H):
        f = w @ state
        for j in range(K):
            f[d + j] += extra[j][t]
        rows.append(f.copy())
        error = np.zeros(d + K + n)
        if t < n and known[t]:
            error = -f
            error[d + K + t] += 1
        state = F @ state + np.outer(g, error)
    rows = np.array(rows)
    A, B = rows[:n][known][:, :d + K], rows[:n][known][:, d + K:][:, known]
    L = np.eye(known.sum()) - B                  # errors = L z - A x
    sd = np.r_[1e4, 0.1 if share else 1e-6, np.full(m, size), 1 / np.sqrt(np.array(precision))] if K else np.r_[1e4, 0.1 if share else 1e-6, np.full(m, size)]
    e = L @ z[known]
    V = np.eye(known.sum()) + A @ np.diag(sd ** 2) @ A.T   # of the errors over sigma^2, start integrated out
    N = known.sum()
    quad = e @ np.linalg.solve(V, e)
    evidence = -0.5 * (N * np.log(quad) + np.linalg.slogdet(V)[1])
    P = np.diag(sd ** 2) - np.diag(sd ** 2) @ A.T @ np.linalg.solve(V, A @ np.diag(sd ** 2))
    x = np.diag(sd ** 2) @ A.T @ np.linalg.solve(V, e)
    ahead = rows[n:]
    mean = ahead[:, :d + K] @ x + ahead[:, d + K:][:, known] @ z[known]
    future = np.zeros((H, H))                     # errors to come
    G = np.eye(d)
    psi = []
    for h in range(H):
        psi.append(w @ G @ g)
        G = F @ G
    for h in range(H):
        future[h, h] = 1
        for k in range(h):
            future[h, k] = psi[h - 1 - k]
    var = (future ** 2).sum(1) + np.einsum("hi,ij,hj->h", ahead[:, :d + K], P, ahead[:, :d + K])
    return evidence, mean, np.sqrt(quad / (N - 1) * var)


rng = np.random.default_rng(5)
for name, n, m, K in (("plain", 24, 0, 0), ("season", 40, 12, 0), ("holes", 40, 12, 0), ("extras", 36, 4, 2)):
    z = np.cumsum(rng.standard_normal(n)) + 2 * rng.standard_normal(n)
    z = np.round(z - z.mean(), 3)
    if name == "holes":
        z[[0, 7, 8, 30, 39]] = np.nan
    extra = np.round(rng.standard_normal((K, n + H)), 3)
    precision = [0.5, 3.0][:K]
    print("case", name, n, m, K)
    print("z", *z)
    for row in extra:
        print("extra", *row)
    for cell in (0, 4, 14) if m == 0 else (1, 16, 16 + 8, 2 * 16 + 13, 6 * 16 + 5):
        evidence, mean, scale = reference(z, m, extra, precision, cell)
        print("cell", cell, f"{evidence:.9f}")
        print("mean", *(f"{v:.9f}" for v in mean))
        print("scale", *(f"{v:.9f}" for v in scale))
