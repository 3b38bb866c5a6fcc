#!/usr/bin/env python3
"""others.py -- how does Wardcast forecast data that it was not developed on?

  others.py DATA WARDCAST SET...      SET: one of those below, or `all`

DATA is the folder of accuracy.py; what is not in it comes from the R package surveillance (Debian: r-cran-surveillance, read
with Rscript) and from the data of the Python package dlnm (chicagoNMMAPS.csv, put into DATA).  Each set is cut at past origins; the
program runs as a user would run it (`wardcast backtest` with its defaults: it trains before the first origin, decides who
publishes, and forecasts from each).  Beside it the same as one season earlier, the last value, and, where the Python package
statsforecast is installed, AutoETS, AutoTheta and, by month, AutoARIMA (of weeks without a season, which they cannot hold),
fitted at every third origin of at most 40 series that a fixed seed draws: their own figures are of these, compare "against".

  nhs-12, nhs-6        A&E attendances, breaches and admissions of 274 English organisations, by month: 12 months after the
                       24th, 6 after the 30th; nhs_ae_monthly.csv.gz
  hhs-MEASURE          54 US states by day, 14 days from 12 origins, 14 days apart, up to 2021-11-30; hhs_state_beds_daily.csv.gz:
                       staffed beds, covid-adult, covid-child, icu-covid, adults-covid, children-covid, deaths-covid
  hhs-regions          beds used, summed over the ten regions of the US health department
  flu-2022-23          influenza admissions of 53 US jurisdictions by week, 4 weeks from 8 origins; flusight_truth.csv.gz
  uihc-days, uihc-weeks   arrivals at one emergency department by day and by week; uihc_ed_arrivals_hourly.csv.gz
  flu-bavaria, newport, hepatitis, measles, measles-weser, notified, momo   by week, rota, meningo by month: reported cases of
                       140 Bavarian and 17 Lower Saxon districts, 16 German states, 12 Berlin districts, 14 single series; deaths
                       in Denmark by age
  chicago              deaths by day of all, heart and lung causes, 1987-2000

SQL: 2 x the mean pinball loss at .1 .. .9 over mean |y[t] - y[t-m]| of the steps before the first origin, mean over series (a
series that never changed before is left out); MASE: the same of the median's absolute error; WQL: 2 x sum of pinball losses over 9 x sum
of the values.  "against" is the ratio of two SQLs (or WQLs) less 1 on what both forecast, with its standard error
and 95 % interval from 2,000 bootstrap samples over series (over origins where there are fewer than eight series).  Needs numpy and
pandas.  With WARDCAST_KEEP=DIR what was forecast stays in DIR, and what is found there is not made again;
with WARDCAST_TEXTBOOK=no the textbook's are left out; WARDCAST_WORDS holds more words for the program, say "--seeds 1".
"""
import os
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import pandas as pd

DECILES = [round(0.1 * k, 1) for k in range(1, 10)]
LEVELS = sorted({*DECILES, 0.025, 0.25, 0.75, 0.975})
RANGES = (("50", 0.25, 0.75), ("80", 0.1, 0.9), ("95", 0.025, 0.975))
MOST_SERIES = 40
draw = np.random.default_rng(1)
tree = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "forecast")
os.environ.setdefault("WARDCAST_DATADIR", os.path.join(tree, "series", "data"))
os.environ.setdefault("WARDCAST_PRETRAINED", os.path.join(tree, "model", "pretrained"))


class Cut:
    """What is forecast: a frame series_id, timestamp, value; the steps; and what the user would say of them."""

    def __init__(self, frame, freq, season, horizon, origins, stride, *words):
        self.frame, self.freq, self.season, self.horizon = frame, freq, season, horizon
        self.origins, self.stride, self.words = origins, stride, words


# ---------------------------------------------------------------------------------------- the sets


def read(data, name, **rest):
    frame = pd.read_csv(f"{data}/{name}", **rest)
    frame["timestamp"] = pd.to_datetime(frame.timestamp)
    return frame


def nhs(data, horizon):
    frame = read(data, "nhs_ae_monthly.csv.gz")
    last = frame.groupby("series_id").timestamp.transform("max")
    return Cut(frame[last == frame.timestamp.max()], "MS", 12, horizon, 1, horizon, "--country", "GB")


MEASURES = {
    "staffed": "inpatient_beds",
    "covid-adult": "previous_day_admission_adult_covid_confirmed", "covid-child": "previous_day_admission_pediatric_covid_confirmed",
    "icu-covid": "staffed_icu_adult_patients_confirmed_covid", "adults-covid": "total_adult_patients_hospitalized_confirmed_covid",
    "children-covid": "total_pediatric_patients_hospitalized_confirmed_covid", "deaths-covid": "deaths_covid",
}
REGIONS = ("CT ME MA NH RI VT", "NJ NY PR VI", "DE DC MD PA VA WV", "AL FL GA KY MS NC SC TN", "IL IN MI MN OH WI", "AR LA NM OK TX",
           "IA KS MO NE", "CO MT ND SD UT WY", "AZ CA HI NV AS", "AK ID OR WA")


def hhs(data, measure):
    frame = read(data, "hhs_state_beds_daily.csv.gz")
    return frame[frame.series_id.str.endswith(f":{measure}") & (frame.timestamp <= "2021-11-30")]


def hhs_states(data, measure):
    return Cut(hhs(data, measure), "D", 7, 14, 12, 14, "--country", "US")


def hhs_regions(data):
    frame = hhs(data, "inpatient_beds_used")
    region = {f"US-{state}": f"region {k + 1}:beds" for k, states in enumerate(REGIONS) for state in states.split()}
    frame = frame.assign(series_id=frame.series_id.str.split(":").str[0].map(region))
    return Cut(frame.groupby(["series_id", "timestamp"], as_index=False).value.sum(), "D", 7, 14, 12, 14, "--country", "US")


def flu_2022(data):
    frame = read(data, "flusight_truth.csv.gz", dtype={"series_id": str})
    frame = frame[(frame.series_id != "US") & (frame.timestamp <= "2023-05-06")]
    return Cut(frame[["series_id", "timestamp", "value", "population"]], "W", 52, 4, 8, 3, "--exposure", "population")


def uihc(data, freq, season, horizon, origins, *words):
    frame = read(data, "uihc_ed_arrivals_hourly.csv.gz")
    sums = frame.set_index("timestamp").value.resample(freq).agg(["sum", "count"])
    sums = sums[sums["count"] == sums["count"].max()]["sum"].rename("value").reset_index()
    return Cut(sums.assign(series_id="uihc:arrivals"), freq, season, horizon, origins, horizon, "--country", "US", *words)


def surveillance(names, freq, season, horizon, origins, stride):
    """Objects of R's surveillance, whose weeks are taken one after the other from their first."""
    script = """suppressMessages(library(surveillance)); for (n in commandArgs(TRUE)) { data(list = n); o <- get(n);
        s <- if (inherits(o, "sts")) o else disProg2sts(o); x <- observed(s);
        ids <- if (is.null(colnames(x)) || ncol(x) == 1) paste0("s", seq_len(ncol(x))) else colnames(x)
        first <- if (s@epochAsDate) as.numeric(s@epoch[1]) else as.numeric(as.Date(paste0(s@start[1], "-01-01"))) +
            (s@start[2] - 1) * 364.2 / s@freq
        for (k in seq_len(ncol(x))) cat(sprintf("%s:%s,%d,%d,%g,%g\\n", gsub(":", " ", ids[k]), n, k, seq_len(nrow(x)) - 1, first, x[, k]), sep = "") }"""
    text = subprocess.run(["Rscript", "-e", script, *names], stdout=subprocess.PIPE, check=True, text=True).stdout
    rows = [line.rsplit(",", 4) for line in text.splitlines()]
    frame = pd.DataFrame(rows, columns=["series_id", "number", "step", "first", "value"]).astype({"step": int, "first": float, "value": float})
    frame["series_id"] = frame.series_id.str.replace(",", " ")
    first = pd.to_datetime("1970-01-01") + pd.to_timedelta(frame["first"].round(), unit="D")
    if freq == "MS":
        begin = first.dt.to_period("M")
        frame["timestamp"] = (begin + frame.step).dt.to_timestamp()
    else:
        monday = first + pd.to_timedelta((7 - first.dt.weekday) % 7, unit="D")
        frame["timestamp"] = monday + pd.to_timedelta(7 * frame.step, unit="D")
    return Cut(frame[["series_id", "timestamp", "value"]].dropna(), freq, season, horizon, origins, stride)


def chicago(data):
    frame = pd.read_csv(f"{data}/chicagoNMMAPS.csv")
    frame["timestamp"] = pd.to_datetime(frame.date)
    frame = frame.melt(id_vars="timestamp", value_vars=["death", "cvd", "resp"], var_name="series_id", value_name="value")
    return Cut(frame[["series_id", "timestamp", "value"]].dropna(), "D", 7, 14, 24, 14, "--country", "US")


SINGLE = ["k1", "m1", "m2", "m3", "m4", "m5", "n1", "n2", "s1", "s2", "s3", "q1_nrwh", "q2", "h1_nrwrp"]
SETS = {
    "nhs-12": lambda data: nhs(data, 12), "nhs-6": lambda data: nhs(data, 6),
    **{f"hhs-{name}": lambda data, measure=measure: hhs_states(data, measure) for name, measure in MEASURES.items()},
    "hhs-regions": hhs_regions, "flu-2022-23": flu_2022,
    "uihc-days": lambda data: uihc(data, "D", 7, 14, 24), "uihc-weeks": lambda data: uihc(data, "W-MON", 52, 8, 8),
    "flu-bavaria": lambda data: surveillance(["fluBYBW"], "W", 52, 4, 13, 4),
    "newport": lambda data: surveillance(["salmNewport"], "W", 52, 4, 13, 4),
    "hepatitis": lambda data: surveillance(["ha.sts"], "W", 52, 4, 13, 4),
    "measles": lambda data: surveillance(["measlesDE"], "W", 52, 4, 13, 4),
    "measles-weser": lambda data: surveillance(["measlesWeserEms"], "W", 52, 4, 9, 4),
    "notified": lambda data: surveillance(SINGLE, "W", 52, 4, 13, 4),
    "momo": lambda data: surveillance(["momo"], "W", 52, 4, 13, 4),
    "rota": lambda data: surveillance(["rotaBB"], "MS", 12, 12, 3, 12),
    "meningo": lambda data: surveillance(["meningo.age"], "MS", 12, 12, 3, 12),
    "chicago": chicago,
}

# ---------------------------------------------------------------------------------------- who forecasts


def run(program, cut, folder):
    """Every member's forecasts: series_id, origin, timestamp, horizon, member, q..."""
    if not os.path.exists(f"{folder}/out.csv"):
        ask(program, cut, folder)
    frame = pd.read_csv(f"{folder}/out.csv", dtype={"series_id": str})
    for column in ("timestamp", "origin"):
        frame[column] = pd.to_datetime(frame[column], utc=True).dt.tz_localize(None)
    return frame


def ask(program, cut, folder):
    cut.frame.to_csv(f"{folder}/in.csv", index=False)
    words = ["backtest", "--csv", f"{folder}/in.csv", "--horizon", str(cut.horizon), "--origins", str(cut.origins), "--stride", str(cut.stride),
             "--levels", ",".join(map(str, LEVELS)), "--output", f"{folder}/scores.csv", "--forecasts", f"{folder}/out.csv", *cut.words,
             *os.environ.get("WARDCAST_WORDS", "").split()]
    done = subprocess.run([program, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with open(f"{folder}/said.txt", "w") as said:
        said.write(done.stdout + done.stderr)
    if done.returncode:
        raise SystemExit(f"{program} {' '.join(words)}\n{done.stderr[-2000:]}")


def last_value(wide, origins, cut):
    """The last value, and around it how far values lay so many steps apart."""
    out = []
    for origin in origins:
        past = wide[wide.index < origin]
        ahead = wide.index[wide.index >= origin][:cut.horizon]
        for h, when in enumerate(ahead, 1):
            steps = (past - past.shift(h)).to_numpy()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                apart = np.nanquantile(steps, LEVELS, axis=0) if len(past) > h + 4 else np.zeros((len(LEVELS), wide.shape[1]))
            middle = past.ffill().iloc[-1].to_numpy()
            rows = {f"q{p:g}": np.maximum(middle + apart[k] - apart[LEVELS.index(0.5)], 0) for k, p in enumerate(LEVELS)}
            out.append(pd.DataFrame({"series_id": wide.columns, "origin": origin, "timestamp": when, "member": "last value", **rows}))
    return pd.concat(out)


def textbook(cut, origins, sample):
    if os.environ.get("WARDCAST_TEXTBOOK") == "no":
        return []
    try:
        from statsforecast import StatsForecast
        from statsforecast.models import AutoARIMA, AutoETS, AutoTheta
    except ImportError:
        return []
    season = cut.season if cut.season <= 24 else 1
    models = [AutoETS(season_length=season), AutoTheta(season_length=season), *([AutoARIMA(season_length=season)] if cut.freq == "MS" else [])]
    percent = sorted({round(100 * abs(1 - 2 * p)) for p in LEVELS if p != 0.5})
    out = []
    for origin in origins:
        past = cut.frame[(cut.frame.timestamp < origin) & cut.frame.series_id.isin(sample)]
        past = past[["series_id", "timestamp", "value"]].sort_values(["series_id", "timestamp"])
        if cut.freq == "D":
            past = past[past.timestamp >= origin - pd.Timedelta(days=730)]
        times = sorted(cut.frame.timestamp[cut.frame.timestamp >= origin].unique())[:cut.horizon]
        for number, (name, own) in enumerate(past.groupby("series_id")):
            if len(own) < 6:
                continue
            for model in models:
                if season > 1 and len(own) < 2 * season:
                    continue
                try:
                    with warnings.catch_warnings():
                        warnings.simplefilter("ignore")
                        said = model.forecast(own.value.to_numpy(float), cut.horizon, level=percent)
                except Exception:  # a textbook model that cannot be fitted says nothing
                    continue
                rows = {}
                for p in LEVELS:
                    column = "mean" if p == 0.5 else f"{'lo' if p < 0.5 else 'hi'}-{round(100 * abs(1 - 2 * p))}"
                    rows[f"q{p:g}"] = np.maximum(said[column], 0)[:len(times)]
                out.append(pd.DataFrame({"series_id": name, "origin": origin, "timestamp": times, "member": type(model).__name__, **rows}))
    return out


# ---------------------------------------------------------------------------------------- the judge


def pinball(y, q, p):
    return np.maximum(p * (y - q), (p - 1) * (y - q))


def boot(statistic, n):
    seen = [statistic(draw.integers(0, n, n)) for _ in range(2000)]
    return np.std(seen), *np.quantile(seen, (0.025, 0.975))


def judge(name, cut, every):
    every = every.merge(cut.frame[["series_id", "timestamp", "value"]], on=["series_id", "timestamp"])
    first = every.origin.min()
    past = cut.frame[cut.frame.timestamp < first].pivot(index="timestamp", columns="series_id", values="value").sort_index()
    scale = (past - past.shift(cut.season if len(past) > cut.season + 1 else 1)).abs().mean()
    every["scale"] = every.series_id.map(scale)
    y = every.value.to_numpy()
    every["loss"] = np.mean([2 * pinball(y, every[f"q{p:g}"].to_numpy(), p) for p in DECILES], axis=0)
    every["error"] = np.abs(y - every["q0.5"])
    bad = every[every.member == "wardcast"]
    if bad[[f"q{p:g}" for p in LEVELS]].isna().any(axis=None):
        print(f"{name}: a published quantile is not a number")
    own = every[every.member == "wardcast"].set_index(["series_id", "origin", "timestamp"])
    print(f"{name}: {own.index.get_level_values(0).nunique()} series, {own.index.get_level_values(1).nunique()} origins", flush=True)
    by = "series_id" if own.index.get_level_values(0).nunique() >= 8 else "origin"
    for member, other in every.groupby("member"):
        both = own.join(other.set_index(["series_id", "origin", "timestamp"])[["loss"]].rename(columns={"loss": "theirs"}), how="inner").reset_index()
        both = both.dropna(subset=["loss", "theirs"])
        scaled = other[other.scale > 0]
        line = (f"  {member:12s} SQL {(scaled.loss / scaled.scale).groupby(scaled.series_id).mean().mean():7.4f}  MASE {(scaled.error / scaled.scale).groupby(scaled.series_id).mean().mean():7.4f}"
                f"  WQL {other.loss.sum() / max(other.value.sum(), 1e-9):.5f}")
        if member != "wardcast" and len(both) > 0:
            ratio = both[both.scale > 0]
            a = (ratio.loss / ratio.scale).groupby(ratio[by]).mean().to_numpy()
            b = (ratio.theirs / ratio.scale).groupby(ratio[by]).mean().to_numpy()
            c, d = both.loss.groupby(both[by]).sum().to_numpy(), both.theirs.groupby(both[by]).sum().to_numpy()
            sql, wql = lambda k: 100 * (a[k].sum() / b[k].sum() - 1), lambda k: 100 * (c[k].sum() / d[k].sum() - 1)
            for what, s, n in (("SQL", sql, len(a)), ("WQL", wql, len(c))):
                if n >= 2 and s(np.arange(n)) < np.inf:
                    error, low, high = boot(s, n)
                    line += f"  {what} against it {s(np.arange(n)):+.1f} % (se {error:.1f}; {low:+.1f} .. {high:+.1f})"
        held = ", ".join(f"{((other.value >= other[f'q{low:g}']) & (other.value <= other[f'q{high:g}'])).mean():.1%}" for _, low, high in RANGES)
        print(f"{line}  held {held}", flush=True)


def measure(name, data, program, folder):
    cut = SETS[name](data)
    every = run(program, cut, folder)
    own = every[every.member == "wardcast"]
    origins, path = sorted(own.groupby("origin").timestamp.min().unique()), f"{folder}/{name}.baselines.csv.gz"
    starts = own.groupby("origin").timestamp.min()
    every["origin"] = every.origin.map(starts)
    if os.path.exists(path):
        base = pd.read_csv(path, dtype={"series_id": str}, parse_dates=["origin", "timestamp"])
    else:
        wide = cut.frame.pivot(index="timestamp", columns="series_id", values="value").sort_index()
        ids = sorted(own.series_id.unique())
        sample = ids if len(ids) <= MOST_SERIES else list(np.random.default_rng(7).choice(ids, MOST_SERIES, replace=False))
        base = pd.concat([last_value(wide, origins, cut), *textbook(cut, origins[::-1][::3], sample)])
        base.to_csv(path, index=False)
    judge(name, cut, pd.concat([every, base]))


if __name__ == "__main__":
    wanted = list(SETS) if sys.argv[3:] == ["all"] else sys.argv[3:]
    if not wanted or any(name not in SETS for name in wanted):
        raise SystemExit(__doc__)
    for name in wanted:
        with tempfile.TemporaryDirectory() as folder:
            keep = os.environ.get("WARDCAST_KEEP")
            if keep:
                folder = os.path.join(keep, name)
                os.makedirs(folder, exist_ok=True)
            measure(name, sys.argv[1], sys.argv[2], folder)
