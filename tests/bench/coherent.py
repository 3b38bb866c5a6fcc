#!/usr/bin/env python3
"""Write the hourly census, admissions and discharges of a simulated hospital for bench_coherent.

   coherent.py FOLDER OUT.csv

FOLDER is what `wardcast simulate --output=FOLDER` wrote.  Series are WARD/MEASURE and
hospital/MEASURE; who came and left in an hour stands beside the census at its end."""
import csv
import sys
from collections import Counter
from datetime import datetime, timedelta


def rows(path):
    with open(path, newline="") as file:
        yield from csv.DictReader(file)


def hour_after(text):
    at = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")
    hour = at.replace(minute=0, second=0)
    return hour if at == hour else hour + timedelta(hours=1)


def main(folder, out):
    truth = list(rows(folder + "/truth.csv"))
    wards = [name for name in truth[0] if name != "hour"]
    hours = [hour_after(row["hour"]) for row in truth]
    told, undone = {}, set()
    for row in rows(folder + "/bed_moves.csv"):
        key = (row["stay_id"], row["ward"], row["in_time"], row["out_time"])
        if row["cancelled"] == "true":
            undone.add(key)
        told[key] = row
    flow = Counter()
    for stay, ward, came, left in set(told) - undone:
        flow[ward, "admissions" if came else "discharges", hour_after(came or left)] += 1
    with open(out, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["series_id", "timestamp", "value"])
        total = Counter()
        for ward in wards:
            census = int(truth[0][ward])
            for hour in hours[1:]:
                come, leave = flow[ward, "admissions", hour], flow[ward, "discharges", hour]
                census = max(census + come - leave, 0)
                for measure, value in (("census", census), ("admissions", come), ("discharges", leave)):
                    writer.writerow([ward + "/" + measure, hour.isoformat() + "Z", value])
                    total[measure, hour] += value
        for (measure, hour), value in total.items():
            writer.writerow(["hospital/" + measure, hour.isoformat() + "Z", value])


if __name__ == "__main__":
    main(*sys.argv[1:])
