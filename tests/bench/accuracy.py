#!/usr/bin/env python3
"""accuracy.py -- how well does Wardcast forecast?  Public hospital data, a judge that shares no code with the program.

  accuracy.py DATA WARDCAST ROW...      ROW: monthly hourly hourly-10 daily flu-2023-24 flu-2024-25 covid-2024-25

DATA is a folder with the files named below (gzip'd CSV).  For each row it cuts the data at the origin, runs the program as
a user would (train, forecast or backtest), and prints the scores with 95 % intervals from 2,000 bootstrap samples: over
series (monthly), over origins (hourly, daily), over days (hourly-10) or over reference dates (weekly).  Needs numpy and pandas.
Holidays and pretrained networks are those of the source tree, unless WARDCAST_DATADIR and WARDCAST_PRETRAINED say otherwise.

  monthly        monash_hospital_monthly.csv.gz      767 series, 12 months after months 36, 48 and 60
                 MASE: mean absolute error of the median over mean |y[t] - y[t-12]| of the training months, mean over series
                 WQL: 2 x sum of the pinball losses at .1 .. .9 over 9 x sum of the counts
  hourly         uihc_ed_arrivals_hourly.csv.gz      48 hours from 85 origins, 48 hours apart, in the last 4,164 hours
  hourly-10      the same file, classical members, every hour of them: the next hour, and the sum of the next ten at once
  daily          hhs_state_beds_daily.csv.gz         beds used, 14 days from weekly origins 2021-06-01 .. 2021-11-16
                 WAPE: sum of absolute errors of the median over sum of the values
  flu, covid     {flusight,covidhub}_{truth,truth_vintages,forecasts_SEASON}.csv.gz   as known week by week
                 relative WIS: geometric mean, over all models of the hub, of the ratio of mean weighted interval scores on
                 the forecasts that both made, over that of the hub's baseline; then what each mean score is made of: the width
                 of the ranges, and how far what came lay below (too high) or above them (too low)
"""
import os
import subprocess
import sys
import tempfile

import numpy as np
import pandas as pd

DECILES = [round(0.1 * k, 1) for k in range(1, 10)]
TWENTIETHS = [round(0.05 * k, 2) for k in range(1, 20)]
draw = np.random.default_rng(1)
tree = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "forecast")
os.environ.setdefault("WARDCAST_DATADIR", os.path.join(tree, "series", "data"))
os.environ.setdefault("WARDCAST_PRETRAINED", os.path.join(tree, "model", "pretrained"))


def run(program, *words):
    done = subprocess.run([program, *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"{program} {' '.join(words)}\n{done.stderr[-2000:]}")


def level(frame, p):
    return frame[f"q{p:g}"].to_numpy()


def pinball(y, q, p):
    return np.maximum(p * (y - q), (p - 1) * (y - q))


def interval(statistic, n):
    """95 % of a statistic of a bootstrap sample of 0 .. n-1."""
    seen = [statistic(draw.integers(0, n, n)) for _ in range(2000)]
    return "(%.4g .. %.4g)" % tuple(np.quantile(seen, (0.025, 0.975)))


def released(path):
    frame = pd.read_csv(path, dtype={"series_id": str})
    frame["timestamp"] = pd.to_datetime(frame.timestamp, utc=True).dt.tz_localize(None)
    return frame[frame.member == "wardcast"].copy()


def members(path):
    frame = pd.read_csv(path, dtype={"series_id": str})
    frame["timestamp"] = pd.to_datetime(frame.timestamp, utc=True).dt.tz_localize(None)
    return frame


# ---------------------------------------------------------------------------------------- monthly


def monthly(data, program, folder):
    full = pd.read_csv(f"{data}/monash_hospital_monthly.csv.gz")
    wide = full.pivot(index="series_id", columns="timestamp", values="value")
    months, windows = list(wide.columns), []
    for cut in (36, 48, 60):
        full[full.timestamp < months[cut]].to_csv(f"{folder}/in.csv", index=False)
        common = ["--csv", f"{folder}/in.csv", "--horizon", "12", "--season", "12", "--model-dir", f"{folder}/m{cut}"]
        levels = ["--levels", ",".join(map(str, DECILES))]
        run(program, "train", *common)
        run(program, "forecast", *common, *levels, "--output", f"{folder}/out.csv")
        out = released(f"{folder}/out.csv").sort_values(["series_id", "timestamp"])
        assert len(out) == wide.shape[0] * 12, f"{len(out)} rows"
        wide = wide.sort_index()
        y = wide[months[cut:cut + 12]].to_numpy()
        before = wide[months[:cut]].to_numpy()
        scale = np.abs(before[:, 12:] - before[:, :-12]).mean(1)
        shape = (len(wide), 12)
        error = np.abs(y - level(out, 0.5).reshape(shape)).mean(1) / scale
        loss = sum(2 * pinball(y, level(out, p).reshape(shape), p) for p in DECILES).sum(1) / 9
        inside = ((y >= level(out, 0.1).reshape(shape)) & (y <= level(out, 0.9).reshape(shape))).mean()
        windows.append((error, loss, y.sum(1)))
        report(f"monthly, cut {cut}", windows[-1:])
        print(f"    80 % range held {inside:.1%}")
    report("monthly, mean of the three", windows)


def report(what, windows):
    n = len(windows[0][0])
    mase = lambda k: np.mean([w[0][k].mean() for w in windows])
    wql = lambda k: np.mean([w[1][k].sum() / w[2][k].sum() for w in windows])
    every = np.arange(n)
    print(f"{what}: MASE {mase(every):.4f} {interval(mase, n)}  WQL {wql(every):.5f} {interval(wql, n)}", flush=True)


# ---------------------------------------------------------------------------------------- hourly and daily


def hourly(data, program, folder):
    path, horizon, origins, stride = f"{data}/uihc_ed_arrivals_hourly.csv.gz", 48, 85, 48
    run(program, "backtest", "--csv", path, "--horizon", str(horizon), "--origins", str(origins), "--stride", str(stride), "--season", "24,168",
        "--timezone", "America/Chicago", "--country", "US", "--levels", ",".join(map(str, sorted({*TWENTIETHS, 0.025, 0.975}))),
        "--output", f"{folder}/scores.csv", "--forecasts", f"{folder}/out.csv")
    truth = pd.read_csv(path, usecols=["series_id", "timestamp", "value"])
    truth["timestamp"] = pd.to_datetime(truth.timestamp)
    compare(members(f"{folder}/out.csv").merge(truth, on=["series_id", "timestamp"]), TWENTIETHS, "pinball")


def hourly_10(data, program, folder):
    path = f"{data}/uihc_ed_arrivals_hourly.csv.gz"
    run(program, "backtest", "--csv", path, "--horizon", "10", "--origins", "4155", "--stride", "1", "--refit", "168", "--season", "24,168",
        "--timezone", "America/Chicago", "--country", "US", "--member", "naive,ets,profile,ridge,poisson", "--levels", "0.1,0.5,0.9",
        "--output", f"{folder}/scores.csv", "--forecasts", f"{folder}/out.csv")
    truth = pd.read_csv(path, usecols=["series_id", "timestamp", "value"])
    truth["timestamp"] = pd.to_datetime(truth.timestamp)
    frame = members(f"{folder}/out.csv").merge(truth, on=["series_id", "timestamp"])
    for name, own in frame.groupby("member"):
        together = own.groupby("origin").agg(steps=("value", "count"), value=("value", "sum"), mean=("mean", "sum"))
        together = together[together.steps == 10]
        following = own[own.horizon == 1].set_index("origin")
        for what, error in (("next hour", following.value - following["q0.5"]), ("ten hours together", together.value - together["mean"])):
            days = error.abs().groupby(error.index.str[:10]).agg(["sum", "count"]).to_numpy()
            mae = lambda k: days[k, 0].sum() / days[k, 1].sum()
            print(f"{name}: {what} MAE {mae(np.arange(len(days))):.3f} {interval(mae, len(days))}, {len(error)} origins", flush=True)


def compare(frame, levels, what):
    """Each member's mean pinball against seasonal naive, over origins."""
    frame["loss"] = np.mean([pinball(frame.value.to_numpy(), level(frame, p), p) for p in levels], axis=0)
    per = frame.pivot_table(index="origin", columns="member", values="loss")
    for name in per.columns:
        gain = lambda k: 100 * (per[name].to_numpy()[k].mean() / per["naive"].to_numpy()[k].mean() - 1)
        print(f"{name}: {what} {per[name].mean():.4f}, against naive {gain(np.arange(len(per))):+.1f} % {interval(gain, len(per))}")
    ours = frame[frame.member == "wardcast"]
    for name, low, high in (("50", 0.25, 0.75), ("80", 0.1, 0.9), ("95", 0.025, 0.975)):
        print(f"    {name} % range held {((ours.value >= level(ours, low)) & (ours.value <= level(ours, high))).mean():.1%}")


def daily(data, program, folder):
    full = pd.read_csv(f"{data}/hhs_state_beds_daily.csv.gz")
    full = full[full.series_id.str.endswith(":inpatient_beds_used") & (full.timestamp <= "2021-11-30")]
    full.to_csv(f"{folder}/beds.csv", index=False)
    run(program, "backtest", "--csv", f"{folder}/beds.csv", "--horizon", "14", "--origins", "25", "--stride", "7", "--country", "US",
        "--levels", "0.025,0.1,0.2,0.25,0.3,0.4,0.5,0.6,0.7,0.75,0.8,0.9,0.975", "--output", f"{folder}/scores.csv", "--forecasts", f"{folder}/out.csv")
    full["timestamp"] = pd.to_datetime(full.timestamp)
    frame = members(f"{folder}/out.csv").merge(full, on=["series_id", "timestamp"])
    frame["error"] = np.abs(frame.value - level(frame, 0.5))
    for days in (7, 14):
        part = frame[frame.horizon <= days]
        for name, own in part.groupby("member"):
            per = own.groupby("origin")[["error", "value"]].sum().to_numpy()
            wape = lambda k: 100 * per[k, 0].sum() / per[k, 1].sum()
            print(f"{name}: WAPE {wape(np.arange(len(per))):.3f} % {interval(wape, len(per))} at {days} days, {len(per)} origins")
    compare(frame, DECILES, "pinball")


# ---------------------------------------------------------------------------------------- weekly, as known week by week


def weekly(data, program, folder, stem, season, baseline, key, lag, retrain=4):
    vintages = pd.read_csv(f"{data}/{stem}_truth_vintages.csv.gz", dtype={"location": str}).sort_values(key, kind="stable")
    hub = pd.read_csv(f"{data}/{stem}_forecasts_{season}.csv.gz", dtype={"location": str})
    people = pd.read_csv(f"{data}/flusight_truth.csv.gz", dtype={"series_id": str}).drop_duplicates("series_id").set_index("series_id").population
    columns = [c for c in hub.columns if c.startswith("q")]
    levels, ours = [float(c[1:]) for c in columns], []
    for number, date in enumerate(sorted(hub.reference_date.unique())):
        limit = (pd.Timestamp(date) - pd.Timedelta(days=lag)).strftime("%Y-%m-%d")
        known = vintages[(vintages[key] <= limit) & (vintages.location != "US")]
        known = known.groupby(["location", "week_ending"]).value.last().dropna().reset_index()
        known["population"] = known.location.map(people)
        known.rename(columns={"location": "series_id", "week_ending": "timestamp"}).to_csv(f"{folder}/in.csv", index=False)
        ahead = (pd.Timestamp(date) - pd.Timestamp(known.week_ending.max())).days // 7
        common = ["--csv", f"{folder}/in.csv", "--horizon", str(ahead + 4), "--season", "52", "--exposure", "population", "--model-dir", f"{folder}/models"]
        if number % retrain == 0:
            run(program, "train", *common)
        run(program, "forecast", *common, "--levels", ",".join(f"{p:g}" for p in levels), "--output", f"{folder}/out.csv")
        out = released(f"{folder}/out.csv")
        out["horizon"] = (out.timestamp - pd.Timestamp(date)).dt.days // 7
        out = out[out.horizon.between(0, 3)]
        mine = pd.DataFrame({"model": "wardcast", "reference_date": date, "location": out.series_id, "horizon": out.horizon,
                             "target_end_date": out.timestamp.dt.strftime("%Y-%m-%d")})
        for column, p in zip(columns, levels):
            mine[column] = level(out, p)
        ours.append(mine)
    truth = pd.read_csv(f"{data}/{stem}_truth.csv.gz", dtype={"series_id": str})
    if season == "2023_24":  # scored with what was known when the season ended
        truth["value"] = truth.value_asof_2024_04_27
        truth = truth[truth.timestamp <= "2024-04-27"]
    truth["location"] = truth.series_id.str.extract(r"(\d\d|US)$")[0]
    truth = truth[["location", "timestamp", "value"]].dropna().rename(columns={"timestamp": "target_end_date"})
    every = pd.concat([hub, *ours]).merge(truth, on=["location", "target_end_date"])
    every = every[(every.location != "US") & every.horizon.between(0, 3)]
    every["wis"] = np.mean([2 * pinball(every.value.to_numpy(), every[c].to_numpy(), p) for c, p in zip(columns, levels)], axis=0)
    table = every.pivot_table(index=["reference_date", "location", "horizon"], columns="model", values="wis")
    table = table[[m for m in table.columns if m == "wardcast" or table[m].notna().mean() >= 0.66]]
    dates = table.index.get_level_values(0)
    rows = {d: np.flatnonzero(dates == d) for d in sorted(set(dates))}
    values, names = table.to_numpy(), list(table.columns)

    def relative(k):
        part = values[np.concatenate([rows[d] for d in np.array(sorted(rows))[k]])]
        theta = {}
        for i, name in enumerate(names):
            ratios = []
            for j in range(len(names)):
                both = ~np.isnan(part[:, i]) & ~np.isnan(part[:, j])
                if both.any():
                    ratios.append(np.log(part[both, i].mean() / part[both, j].mean()))
            theta[name] = np.exp(np.mean(ratios))
        return {name: theta[name] / theta[baseline] for name in names}

    point = relative(np.arange(len(rows)))
    print(f"{stem} {season}: relative WIS of wardcast {point['wardcast']:.3f} {interval(lambda k: relative(k)['wardcast'], len(rows))}, {len(rows)} dates")
    for name in sorted(point, key=point.get):
        print(f"    {name}: {point[name]:.3f}, mean WIS {np.nanmean(values[:, names.index(name)]):.2f}, {parts(every[every.model == name], levels)}")


def parts(own, levels):
    """What the interval score is made of (width, and what lay below or above the ranges), and how often the ranges held."""
    y, median = own.value.to_numpy(), level(own, 0.5)
    width, high, low, held = 0, np.maximum(median - y, 0), np.maximum(y - median, 0), []
    for p in sorted(p for p in levels if p < 0.5):
        bottom, top = level(own, p), level(own, round(1 - p, 6))
        width = width + 2 * p * (top - bottom)
        high, low = high + 2 * np.maximum(bottom - y, 0), low + 2 * np.maximum(y - top, 0)
        if p in (0.25, 0.1, 0.025):
            held.append(f"{100 - 200 * p:.0f} % range {((y >= bottom) & (y <= top)).mean():.1%}")
    shares = ", ".join(f"{what} {part.mean() / len(levels):.2f}" for what, part in (("width", width), ("too high", high), ("too low", low)))
    return f"{shares}; {', '.join(reversed(held))}"


ROWS = {
    "monthly": monthly, "hourly": hourly, "hourly-10": hourly_10, "daily": daily,
    "flu-2023-24": lambda *a: weekly(*a, "flusight", "2023_24", "FluSight-baseline", "last_week_in_vintage", 7),
    "flu-2024-25": lambda *a: weekly(*a, "flusight", "2024_25", "FluSight-baseline", "last_week_in_vintage", 7),
    "covid-2024-25": lambda *a: weekly(*a, "covidhub", "2024_25", "CovidHub-baseline", "as_of", 3),
}

if __name__ == "__main__":
    if len(sys.argv) < 4 or any(row not in ROWS for row in sys.argv[3:]):
        raise SystemExit(__doc__)
    for row in sys.argv[3:]:
        with tempfile.TemporaryDirectory() as folder:
            ROWS[row](sys.argv[1], sys.argv[2], folder)
