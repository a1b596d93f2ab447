"""Golden vectors for schema/reliability.ts, computed in 50-digit decimal arithmetic from the written definition.

Run: python3 test/golden/reliability.py > test/golden/reliability.json
"""

import json
from decimal import Decimal, getcontext

getcontext().prec = 50
TAUS = [Decimal(s) for s in (2 * 3600, 8 * 3600, 24 * 3600, 7 * 24 * 3600, 30 * 24 * 3600)]
THRESHOLDS = [("0.85", 2), ("0.70", 4), ("0.55", 8), ("0.45", 16), ("0.35", 32)]
DAY = Decimal(86400)


def step(windows, good, age):
    """One test; `windows` is None before the first."""
    if windows is None:
        age, windows = Decimal(1000), [(Decimal(0),) * 3 for _ in TAUS]
    age = max(Decimal(0), Decimal(str(age)))
    out = []
    for tau, (rel, count, weight) in zip(TAUS, windows):
        f = (-age / tau).exp()
        share = 1 - (-min(age, DAY) / tau).exp()
        out.append((rel * f + (share if good else 0), count * f + 1, weight * f + share))
    return out


def reliable(windows, total, passed):
    if 0 < total <= 3 and 2 * passed >= total:
        return True
    for i, ((limit, tests), (rel, count, weight)) in enumerate(zip(THRESHOLDS, windows)):
        score = rel / weight if i == 0 and weight > 0 else rel
        if count > tests and score > Decimal(limit):
            return True
    return False


HISTORIES = {
    "first success": [(1, 0)],
    "first failure": [(0, 0)],
    "first test ignores its age": [(1, 999999)],
    "young and steady": [(1, 1200)] * 13,
    "young, one failure": [(1, 1200)] * 3 + [(0, 1200)] + [(1, 1200)] * 5,
    "one of two": [(0, 1200), (1, 1200)],
    "flapping every test": [(1, 1200), (0, 1200)] * 40,
    "two of three": [(1, 1200), (1, 1200), (0, 1200)] * 30,
    "a good week, then dead": [(1, 3600)] * 168 + [(0, 3600)] * 12,
    "a night's outage": [(1, 1200)] * 200 + [(0, 3600)] * 8 + [(1, 1200)] * 3,
    "clock set back": [(1, 1200)] * 4 + [(1, -86400), (1, 1200)],
    "crawler away for a month": [(1, 1200)] * 100 + [(1, 2592000)],
    "crawler away for a century": [(1, 1200)] * 100 + [(1, 3153600000)],
    "no time between tests": [(1, 1200)] + [(1, 0)] * 5,
    "daily tests": [(1, 86400)] * 60,
    "daily tests, one in three": [(1, 86400), (0, 86400), (0, 86400)] * 30,
    "fractions of a second": [(1, 0.25)] * 8,
}

cases = []
for name, tests in HISTORIES.items():
    windows, passed, steps = None, 0, []
    for n, (good, age) in enumerate(tests, 1):
        windows = step(windows, good, age)
        passed += good
        steps.append({
            "windows": [float(f"{x:.17g}") for w in windows for x in w],
            "reliable": reliable(windows, n, passed),
        })
    cases.append({
        "name": name,
        "tests": tests,
        "reliable": "".join("1" if s["reliable"] else "0" for s in steps),
        "last": steps[-1]["windows"],
    })

print("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]")
