#!/usr/bin/env python3
"""Remake holidays/*.csv: the public holidays of a few countries, 1995 (or the first year it knows) to 2040, from the package `holidays`.

  make_holidays.py FOLDER

England stands for GB: the days that all of the United Kingdom shares leave out Easter Monday and the August bank holiday.
Easter Sunday is no public holiday of the US, yet fewer people come to its hospitals: it is added.
"""
import sys
from datetime import date

import holidays

COUNTRIES = ["US", "GB", "DE", "FR", "NL", "IE", "ES", "IT", "CA", "AU", "NZ", "SE", "CH", "AT", "BE", "DK", "NO", "PT"]
SUBDIVISION = {"GB": "ENG"}
FIRST, LAST = 1995, 2040


def easter(year):
    """Easter Sunday: "A New York correspondent", Nature 13 (1876), p. 487; valid for every Gregorian year."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    l = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * l) // 451
    month, day = divmod(h + l - 7 * m + 114, 31)
    return date(year, month, day + 1)


for country in COUNTRIES:
    part = SUBDIVISION.get(country)
    language = "en_US" if "en_US" in getattr(holidays, country).supported_languages else None
    days = holidays.country_holidays(country, subdiv=part, years=range(FIRST, LAST + 1), language=language)
    if country == "US":
        days.update({easter(year): "Easter Sunday" for year in range(FIRST, LAST + 1)})
    with open(f"{sys.argv[1]}/{country}.csv", "w", encoding="utf-8") as out:
        out.write(f"# Public holidays of {country}{' (' + part + ')' if part else ''}, {max(FIRST, min(days).year)} to {LAST}.\n")
        out.write(f"# Made with the Python package holidays {holidays.__version__} (MIT licence) by forecast/series/data/make_holidays.py.\n")
        out.write("# Days that are proclaimed year by year are known only as far as that package knows them.\n")
        for day in sorted(days):
            if FIRST <= day.year <= LAST:
                out.write(f"{day.isoformat()},{days[day]}\n")
