"""Scores, changes and scorecards of the small working file, tested with SciPy.

Belongs here: what follows from counts: every p is SciPy's, pooling follows the contract's sentences. Does not
belong here: the counts (`publication`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from tests.disclosure.tables import digest, for_others, lines

DIMENSIONS = ("customer_value_tier", "journey_stage", "branch", "region", "plan", "channel")
FAMILY = ("survey_type", "measure", "period_grain", "period_start", "period_end", "segment")
Row = dict[str, Any]
_REGIONS = {"B0": "North", "B1": "South", "B2": "North", "B3": "South"}


def _adjusted(row: Row, of: str = "") -> tuple[float, float]:
    n = row[of + "responses"] + 3
    p, d = (row[of + "promoters"] + 0.75) / n, (row[of + "detractors"] + 0.75) / n
    return p - d, (p + d - (p - d) ** 2) / n


def _nps(row: Row, of: str = "") -> float:
    return float(100 * (row[of + "promoters"] - row[of + "detractors"]) / row[of + "responses"])


def _z(row: Row, other: str) -> float:
    (score, squared), (other_score, other_squared) = _adjusted(row), _adjusted(row, other)
    return float((score - other_score) / np.sqrt(squared + other_squared))


def scored(rows: list[Row]) -> list[Row]:
    families: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        score, squared = _adjusted(row)
        margin = stats.norm.ppf(0.975) * squared**0.5
        weights = [100] * row["promoters"] + [0] * row["passives"] + [-100] * row["detractors"]
        row["nps"], row["nps_standard_error"] = _nps(row), float(np.std(weights)) / len(weights) ** 0.5
        row["nps_low"], row["nps_high"] = max(-100, 100 * (score - margin)), min(100, 100 * (score + margin))
        enough = min(row["responses"], row["before_responses"] or 0) >= 30
        enough &= not (row.get("for_others") or row["before_for_others"])
        shown = enough and row["measure"] == "in_period" and row["period_grain"] != "all_time"
        row["nps_change"] = row["nps"] - _nps(row, "before_") if shown else None
        row["change_z"] = _z(row, "before_") if shown else None
        row["change_p_value"] = 2 * stats.norm.sf(abs(row["change_z"])) if shown else None
        row["change_q_value"] = None
        if shown:
            families.setdefault(tuple(row[name] for name in FAMILY), []).append(row)
    for family in families.values():
        found = stats.false_discovery_control([row["change_p_value"] for row in family])
        for row, q_value in zip(family, found, strict=True):
            row["change_q_value"] = float(q_value)
    return rows


_WITH_THE_SCORE = ("nps", "nps_standard_error", "nps_change", "change_z", "change_p_value", "change_q_value")
_STRATIFIED = ("post_stratified_nps", "effective_responses", "stratified_share")
_WITH_THE_COUNTS = ("promoters", "passives", "detractors", "nps_low", "nps_high")


def hide_for_others(rows: list[Row], earlier: list[Row]) -> None:
    """Tells of each row whether it goes with others; the windows before stand under the keys of the rows.

    Rows that begin or end where their cell must not be divided have `is_undivided`.
    """
    _hide(rows)
    _hide(earlier)
    gone = {_key(row) for row in earlier if row.get("for_others")}
    for row in rows:
        row["before_for_others"] = _key(row) in gone
        row.pop("is_undivided")


def _key(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in (*FAMILY, *DIMENSIONS))


def _hide(rows: list[Row]) -> None:
    """Where members with few answers have few together, or all said the same, others go with them."""
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row[name] for name in FAMILY), []).append(row)
    not_shown: dict[tuple[Any, ...], set[str]] = {}
    for row in rows:
        row["for_others"] = row["is_undivided"] and row["responses"] >= 5
    for (*beside, segment), group in groups.items():
        if segment not in DIMENSIONS:
            continue
        hidden = [row for row in group if row["responses"] < 5 or row["is_undivided"]]
        others = [row for row in group if row not in hidden]
        others.sort(key=lambda row: (row["responses"], digest(row[row["segment"]])))
        while hidden and others and not _is_safe(hidden):
            others[0]["for_others"] = True
            hidden.append(others.pop(0))
        not_shown[*beside, segment] = {row[segment] for row in hidden}
    for (*beside, segment), group in groups.items():
        if "*" in segment:
            sides = lines(segment)
            cells = {(row[sides[0]], row[sides[1]]): row for row in group}
            bands = {at: (row["promoters"], row["passives"], row["detractors"]) for at, row in cells.items()}
            undivided = {at for at, row in cells.items() if row["is_undivided"]}
            rows_gone, columns_gone = (not_shown[*beside, side] for side in sides)
            for at in for_others(bands, rows_gone, columns_gone, undivided):
                cells[at]["for_others"] = True


def _is_safe(hidden: list[Row]) -> bool:
    bands = [sum(row[band] for row in hidden) for band in ("promoters", "passives", "detractors")]
    return sum(bands) >= 5 and bands.count(0) < 2


def suppressed(row: Row) -> Row:
    n = 0 if row.get("for_others") else row["responses"]
    hidden = (
        (*_WITH_THE_COUNTS, *_WITH_THE_SCORE, *_STRATIFIED) if n < 5 else (*_WITH_THE_SCORE, *_STRATIFIED)
    )
    return {
        **{name: value for name, value in row.items() if not name.startswith(("before_", "for_others"))},
        **(dict.fromkeys(hidden) if n < 30 else {}),
        "reportability": "suppressed_for_others"
        if row.get("for_others")
        else next(
            name
            for name, floor in (
                ("reportable", 100),
                ("indicative", 30),
                ("interval_only", 5),
                ("suppressed", 0),
            )
            if n >= floor
        ),
        "branch_name": row["branch"]
        if row["branch"] in ("(all)", "Unassigned")
        else f"Branch {row['branch']}",
    }


def scorecards(scores: list[Row]) -> list[Row]:
    as_of = max(row["period_end"] for row in scores if row["period_grain"] == "all_time")
    latest = [
        row
        for row in scores
        if row["period_grain"] == "trailing_365d"
        and row["measure"] == "in_period"
        and row["period_end"] == as_of
    ]
    cards = []
    for company in (row for row in latest if row["segment"] == "company"):
        branches = [
            row
            for row in latest
            if row["segment"] == "branch" and row["survey_type"] == company["survey_type"]
        ]
        cards += _compared(branches, company)
    return cards


def _compared(branches: list[Row], company: Row) -> list[Row]:
    cards = {row["branch"]: _card(row, company) for row in branches}
    pooled = [row for row in branches if row["branch"] != "Unassigned"]
    compared = [row for row in pooled if row["responses"] >= 5]
    for row in compared:
        rest = {
            f"rest_{name}": company[name] - row[name] for name in ("promoters", "detractors", "responses")
        }
        cards[row["branch"]]["comparison_p_value"] = 2 * stats.norm.sf(abs(_z(row | rest, "rest_")))
    p_values = [cards[row["branch"]]["comparison_p_value"] for row in compared]
    for row, q_value in zip(compared, stats.false_discovery_control(p_values), strict=True):
        cards[row["branch"]]["comparison_q_value"] = float(q_value)
    company_score = _pool(pooled, compared, cards)
    for row in compared:
        card = cards[row["branch"]]
        rivals = [cards[other["branch"]] for other in compared]
        card["best_rank"] = 1 + sum(other["pooled_low"] > card["pooled_high"] for other in rivals)
        card["worst_rank"] = len(rivals) - sum(other["pooled_high"] < card["pooled_low"] for other in rivals)
        sure = card["comparison_q_value"] <= 0.05
        card["standing"] = (
            "above"
            if sure and card["pooled_low"] > company_score
            else "below"
            if sure and card["pooled_high"] < company_score
            else "not distinguishable"
        )
    hidden = dict.fromkeys((*_OPEN, "best_rank", "worst_rank", "standing"))
    for row in branches:
        cards[row["branch"]] |= hidden if row.get("for_others") else {}
    return list(cards.values())


def _pool(pooled: list[Row], compared: list[Row], cards: dict[str, Row]) -> float:
    """Empirical Bayes, as the contract says it; returns the score of all branches on ±100."""
    sizes = np.array([row["responses"] for row in pooled], float)
    total = sizes.sum()
    p = sum(row["promoters"] for row in pooled) / total
    d = sum(row["detractors"] for row in pooled) / total
    variance = p + d - (p - d) ** 2
    scores = np.array([_nps(row) / 100 for row in pooled])
    q = float((sizes * (scores - (p - d)) ** 2).sum() / variance)
    between = max(0.0, (q - (len(pooled) - 1)) * variance / (total - (sizes**2).sum() / total))
    strength = total if between == 0 else min(total, max(1.0, variance / between - 1))
    for row in compared:
        n = row["responses"]
        of_p = (row["promoters"] + strength * p) / (n + strength)
        of_d = (row["detractors"] + strength * d) / (n + strength)
        margin = stats.norm.ppf(0.975) * ((of_p + of_d - (of_p - of_d) ** 2) / (n + strength + 1)) ** 0.5
        card = cards[row["branch"]]
        card["pooled_nps"] = 100 * (of_p - of_d) if n >= 30 else None
        card["pooled_low"] = max(-100.0, 100 * (of_p - of_d - margin))
        card["pooled_high"] = min(100.0, 100 * (of_p - of_d + margin))
    return float(100 * (p - d))


_OPEN = ("comparison_p_value", "comparison_q_value", "pooled_nps", "pooled_low", "pooled_high")


def _card(row: Row, company: Row) -> Row:
    shown = suppressed(row)
    dropped = ("measure", "period_grain", "segment", *DIMENSIONS, "change_z", *_STRATIFIED)
    return {
        **{name: value for name, value in shown.items() if name not in dropped},
        "branch": row["branch"],
        "region": _REGIONS.get(row["branch"], "Unassigned"),
        "company_nps": suppressed(company)["nps"],
        **dict.fromkeys((*_OPEN, "best_rank", "worst_rank", "standing")),
    }
