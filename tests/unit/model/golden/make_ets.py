#!/usr/bin/env python3
"""Make ets.txt: what statsmodels fits to two made-up series of monthly counts.

    python3 -m venv v && v/bin/pip install statsmodels==0.15.0
    v/bin/python make_ets.py > ets.txt

Each series is smoothed with all of {no trend, line, damped} x {no pattern, 12},
additive errors, the start estimated too, within the usual bounds; of ten
starting points the smallest sum of squared errors counts.
Lines: "series N" and its values; "fit TREND SEASON SQUARES" and twelve forecasts.
"""
import warnings
import numpy as np
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

warnings.simplefilter("ignore")
rng = np.random.default_rng(11)


def made(slope, wave, drift):
    level, out = 200.0, []
    for t in range(60):
        out.append(round(level + wave * np.sin(t * np.pi / 6) + 12 * rng.standard_normal()))
        level += slope + drift * rng.standard_normal()
    return np.array(out, float)


for y in (made(0.0, 30.0, 4.0), made(2.0, 5.0, 2.0)):
    print("series", len(y))
    print(*(f"{v:.0f}" for v in y))
    for trend, damped in (("none", False), ("line", False), ("damped", True)):
        for season in (0, 12):
            model = ETSModel(y, error="add", trend=None if trend == "none" else "add", damped_trend=damped,
                             seasonal="add" if season else None, seasonal_periods=season or None)
            first = model.fit(disp=False, maxiter=5000)
            best = first
            for alpha in (0.02, 0.1, 0.3, 0.6, 0.9):
                for share in (0.02, 0.3):
                    start = np.array(first.params, float)
                    start[0] = alpha
                    if trend != "none":
                        start[1] = share * alpha
                    if season:
                        start[3 if damped else 2 if trend != "none" else 1] = share * (1 - alpha)
                    fit = model.fit(start_params=start, maxiter=20000, disp=False)
                    if np.isfinite(fit.sse) and fit.sse < best.sse:
                        best = fit
            print("fit", trend, season, f"{best.sse:.4f}")
            print(*(f"{v:.4f}" for v in best.forecast(12)))
