#!/usr/bin/env python3
"""Makes the hash that test_config.c expects of the least configuration, apart from the program.

Each row that shapes a run gives three texts, each ended by a zero byte: key, "given" or "not given", value.
"""
import hashlib

RULES = [("icu", 2, 2, "step_down"), ("step_down", 3, 2, "telemetry medical"), ("telemetry", 4, 2, "medical surgical"),
         ("medical", 5, 2, "surgical observation"), ("surgical", 5, 2, "medical observation"), ("observation", 5, 1, "medical"),
         ("emergency", 4, 2, "observation"), ("maternity", 3, 2, ""), ("neonatal", 2, 2, ""), ("paediatric", 4, 2, ""),
         ("psychiatric", 6, 2, "")]
SHIFTS = [("day", "07:00", "19:00"), ("night", "19:00", "07:00")]

total = hashlib.sha256()


def text(*words):
    for word in words:
        total.update(word.encode() + b"\0")


def rows(section, **values):
    for name, value in values.items():
        text(section + "." + name.replace("__", "[]"), "not given" if value is None else "given", "" if value is None else str(value))


rows("groups[]", id="a", timezone="Europe/London", country=None, history_days=730)
rows("groups[].targets[]", measure="census", grain="hour", horizon=72)
text("s")
rows("sources[]", stale="6h", withhold="2d")
rows("forecast", steps=0, seconds=0, seed=20, member="auto")
rows("plan", paths=2000, over_limit=0.2)
for kind, ratio, floor, takers in RULES:
    rows("plan.rules[]", kind=kind, role="RN", patients_per_nurse=ratio, floor=floor, cost_short=4, cost_idle=1,
         may_send_to__=takers.replace(" ", "\n"), escalation_beds=0)
for name, starts, ends in SHIFTS:
    rows("plan.shifts[]", name=name, starts=starts, ends=ends)
print(total.hexdigest())
