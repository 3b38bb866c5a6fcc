#!/usr/bin/env python3
"""breaks.py -- what is published when a hospital changes, and how soon is it right again?

  breaks.py WARDCAST [KIND...]      KIND: hours weekdays doubled quiet

Wards are invented (Poisson counts, seed 7) that change their habits on one day; the program is trained before it and
forecasts on from mornings after it, without being told.  Prints the pinball loss of each member against that of the same as
last season, week by week after the change: below 0 % is better than that.  Needs numpy and pandas.

  hours      16 wards by hours, 48 h ahead; on day 100 patients come 4 to 8 hours sooner or later, and other weekdays are busy
  weekdays   40 wards by days, 14 days ahead; on day 364 other weekdays are busy
  doubled    40 wards by days; on day 364 each has twice as many
  quiet      the same, and nothing changes
"""
import os
import subprocess
import sys
import tempfile

import numpy as np
import pandas as pd

DAYS = {"hours": 130, "weekdays": 430, "doubled": 430, "quiet": 430}
CHANGE = {"hours": 100, "weekdays": 364, "doubled": 364, "quiet": 364}
MEMBERS = ["wardcast", "ets", "profile", "level", "poisson", "renew", "lstm", "transformer", "free"]
tree = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "forecast")
os.environ.setdefault("WARDCAST_DATADIR", os.path.join(tree, "series", "data"))
os.environ.setdefault("WARDCAST_PRETRAINED", os.path.join(tree, "model", "pretrained"))


def wards_by_hours(draw):
    for _ in range(16):
        mean = draw.uniform(4, 40)
        hour = np.exp(0.6 * np.sin(2 * np.pi * (np.arange(24) - 9 - draw.uniform(-2, 2)) / 24))
        week = np.exp(draw.normal(0, 0.15, 7))
        later, other = int(draw.integers(4, 9)) * (1 if draw.random() < 0.5 else -1), draw.permutation(week)
        before, after = np.outer(week, hour).ravel(), np.outer(other, np.roll(hour, later)).ravel()
        rate = np.concatenate([np.resize(before, 24 * CHANGE["hours"]), np.roll(np.resize(after, 24 * 35), -24 * (CHANGE["hours"] % 7))])[: 24 * DAYS["hours"]]
        busy = np.repeat(np.exp(draw.normal(0, 0.05, DAYS["hours"])), 24)
        yield draw.poisson(mean * rate / before.mean() * busy)


def wards_by_days(draw, kind):
    for _ in range(40):
        mean, week = draw.uniform(10, 120), np.exp(draw.normal(0, 0.35, 7))
        other, days = draw.permutation(week), np.arange(DAYS[kind])
        late = days >= CHANGE[kind]
        rate = np.where(late & (kind == "weekdays"), other[days % 7], week[days % 7]) * np.where(late & (kind == "doubled"), 2, 1)
        yield draw.poisson(mean * rate / week.mean() * np.exp(draw.normal(0, 0.05, len(days))))


def write(kind, path):
    draw, start = np.random.default_rng(7), pd.Timestamp("2021-01-04")
    step, text = ("h", "%Y-%m-%dT%H:00:00") if kind == "hours" else ("D", "%Y-%m-%d")
    wards = wards_by_hours(draw) if kind == "hours" else wards_by_days(draw, kind)
    frame = pd.concat(pd.DataFrame({"series_id": f"ward-{k}", "timestamp": pd.date_range(start, periods=len(ward), freq=step), "value": ward})
                      for k, ward in enumerate(wards))
    frame.assign(timestamp=frame.timestamp.dt.strftime(text)).to_csv(path, index=False)
    return frame, start + pd.Timedelta(days=CHANGE[kind])


def judge(program, kind, folder):
    truth, change = write(kind, f"{folder}/wards.csv")
    how = ["48", "28", "24", "168"] if kind == "hours" else ["14", "18", "3", "21"]
    words = [w for pair in zip(("--horizon", "--origins", "--stride", "--refit"), how) for w in pair]
    done = subprocess.run([program, "backtest", "--csv", f"{folder}/wards.csv", *words, "--output", f"{folder}/scores.csv", "--forecasts", f"{folder}/out.csv"],
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    out = pd.read_csv(f"{folder}/out.csv")
    for column in ("timestamp", "origin"):
        out[column] = pd.to_datetime(out[column], utc=True).dt.tz_localize(None)
    out = out.merge(truth, on=["series_id", "timestamp"])
    levels, y = [c for c in out if c.startswith("q0")], out.value.to_numpy()
    out["loss"] = np.mean([np.maximum(float(c[1:]) * (y - out[c]), (float(c[1:]) - 1) * (y - out[c])) for c in levels], axis=0)
    out["week"] = np.floor((out.origin - change).dt.days / 7).astype(int) + 1
    loss = out.pivot_table(index="week", columns="member", values="loss")
    print(f"{kind}: loss against the same as last season in the weeks of the forecasts after the change, %")
    print((100 * (loss.div(loss["naive"], axis=0) - 1))[[m for m in MEMBERS if m in loss]].round(1).to_string(), flush=True)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    for kind in sys.argv[2:] or list(DAYS):
        with tempfile.TemporaryDirectory() as folder:
            judge(sys.argv[1], kind, folder)
