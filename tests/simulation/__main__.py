"""`make simulate`: the tables of docs/simulation.md, and exit code 1 where a promise is not kept.

What is drawn and judged is in `coverage` and `discoveries`; here are only sizes, the order and the print.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from tests.simulation import (
    coverage,
    discoveries,
    drivers,
    follow_up,
    integrity,
    practice,
    published,
    root_causes,
    targets,
    unpublished_causes,
)

# Above the nominal rate only by more than chance: three standard errors of the simulated companies.
_ERRORS_ALLOWED = 3
#: Companies without a cause, and with one.
_WITHOUT, _WITH = 200, 30
#: Companies whose shares of R² are known.
_WITH_DRIVERS = 20


def main(groups: int, companies: int, seed: int) -> int:
    """Simulate, print, judge."""
    rng = np.random.default_rng(seed)
    cells = list(coverage.grid())
    with tempfile.TemporaryDirectory() as home, published.empty_marts(Path(home)) as marts:
        add_coverage(marts, coverage.draw(cells, groups, rng))
        for number, scenario in enumerate(discoveries.SCENARIOS):
            add_changes(marts, number, scenario, companies, rng)
            add_standings(marts, number, scenario, companies, rng)
        add_signals(marts, np.random.default_rng([seed, 105]))
        marts.make()
        covered = coverage.measured(cells, read_coverage(marts))
        changes = [
            discoveries.rates(scenario, read_changes(marts, number))
            for number, scenario in enumerate(discoveries.SCENARIOS)
        ]
        standings = [
            discoveries.rates(scenario, read_standings(marts, number))
            for number, scenario in enumerate(discoveries.SCENARIOS)
        ]
        signals = {size: read_signals(marts, size) for size in (None, *integrity.SIZES)}
    print(f"{groups:,} groups a cell, {companies:,} companies a scenario, seed {seed}\n")
    print_coverage(covered)
    print_rates("Change flags (change_q_value ≤ 0.05)", changes)
    print_rates("Branch verdicts (standing above or below)", standings)
    print_signals(signals)
    causes = [root_causes.measured(each, _WITHOUT, rng) for each in root_causes.NOTHING]
    causes += [root_causes.measured(each, _WITH, rng) for each in root_causes.PLANTED]
    print_causes(causes)
    broken = report_broken(
        coverage.broken(covered), [rates for rates in (*changes, *standings) if not kept(rates)]
    )
    importance = drivers.measured(100, 8, _WITH_DRIVERS, rng)
    print(f"\nDrivers, {_WITH_DRIVERS} companies of 100 accounts\n")
    print(importance.round(3).to_string(index=False))
    told = [report_innocent(causes), report_named(signals), report_drivers(importance), targets.report(rng)]
    told += [follow_up.report(rng), unpublished_causes.report(rng), practice.report(rng)]
    return max(broken, *told)


def report_drivers(importance: pd.DataFrame) -> int:
    """Name every attribute whose share is not recovered, or that tells something though it does not; the exit
    code."""
    planted = importance["truth"] > 0
    is_missed = planted & ((importance["share"] - importance["truth"]).abs() > 0.03)
    wrong = importance[is_missed | (~planted & (importance["told"] > _allowed(_WITH_DRIVERS)))]
    if len(wrong):
        print(f"\nBROKEN: drivers\n{wrong.to_string(index=False)}", file=sys.stderr)
    return 1 if len(wrong) else 0


def report_named(signals: dict[int | None, dict[tuple[str, str], float]]) -> int:
    """Say where too many companies in which nobody cheats have a signal; the exit code."""
    named = signals[None]["any", "any"]
    if named > integrity.MOST_NAMED:
        print(f"\nBROKEN: innocents named in {named:.1%} of companies", file=sys.stderr)
    return 1 if named > integrity.MOST_NAMED else 0


def report_innocent(causes: list[root_causes.Rates]) -> int:
    """Name every scenario without a cause where one is found too often; the exit code."""
    nominal, allowed = root_causes.NOMINAL_Q, _allowed(_WITHOUT)
    wrong = [
        each
        for each in causes
        if each.scenario.odds == 1 and (each.innocent > nominal or each.any_verdict > allowed)
    ]
    for each in wrong:
        print(f"\nBROKEN: innocent causes of {each.scenario.accounts} accounts: {each}", file=sys.stderr)
    return 1 if wrong else 0


def report_broken(intervals: pd.DataFrame, verdicts: list[discoveries.Rates]) -> int:
    """Name every promise that was not kept; the exit code."""
    if len(intervals):
        print(f"\nBROKEN: the interval's coverage\n{intervals.to_string(index=False)}", file=sys.stderr)
    for rates in verdicts:
        share = f"{rates.false_discoveries:.1%}"
        print(f"\nBROKEN: {share} false discoveries where {rates.scenario.name}", file=sys.stderr)
    return 1 if len(intervals) or verdicts else 0


def _allowed(companies: int) -> float:
    """One in twenty, within the simulation's own error."""
    nominal = root_causes.NOMINAL_Q
    return float(nominal + _ERRORS_ALLOWED * (nominal * (1 - nominal) / companies) ** 0.5)


def add_coverage(marts: published.Marts, drawn: pd.DataFrame) -> None:
    """Each group is a company that has only its own score."""
    named = drawn.assign(survey_type=_name("coverage", drawn["cell"], drawn["group"]))
    marts.add(named.drop(columns=["cell", "group"]), published.ALL_TIME, "company")


def read_coverage(marts: published.Marts) -> pd.DataFrame:
    """`cell`, `nps_low`, `nps_high` of every group."""
    return marts.read(
        "select split_part(survey_type, '/', 2)::bigint as cell, nps_low, nps_high"
        " from publication.nps_scores where survey_type like 'coverage/%'"
    )


def add_changes(
    marts: published.Marts,
    number: int,
    scenario: discoveries.Scenario,
    companies: int,
    rng: np.random.Generator,
) -> None:
    """Two months: the planted effect is what changed in the second."""
    planted = discoveries.effects(scenario)
    answers = discoveries.sizes(companies, rng)
    for add, effect in ((marts.add_before, 0 * planted), (marts.add, planted)):
        drawn = discoveries.draw(companies, effect, answers, rng)
        add(_branches("changes", number, drawn), published.MONTH, "branch")


def read_changes(marts: published.Marts, number: int) -> pd.DataFrame:
    """The flags a reader sees, as `discoveries.rates` wants them."""
    return marts.read(
        "select split_part(survey_type, '/', 3)::bigint as company, branch::bigint as branch,"
        f" case when change_q_value <= {discoveries.NOMINAL_Q} then sign(nps_change) else 0 end as verdict,"
        " change_p_value as p_value"
        f" from publication.nps_scores where survey_type like 'changes/{number}/%'"
    )


def add_standings(
    marts: published.Marts,
    number: int,
    scenario: discoveries.Scenario,
    companies: int,
    rng: np.random.Generator,
) -> None:
    """One year: the planted effect is how a branch differs; the company is the sum of its branches."""
    drawn = discoveries.draw(companies, discoveries.effects(scenario), discoveries.sizes(companies, rng), rng)
    branches = _branches("standings", number, drawn)
    marts.add(branches, published.YEAR, "branch")
    company = branches.drop(columns="branch").groupby("survey_type", as_index=False).sum()
    marts.add(company, published.YEAR, "company")


def read_standings(marts: published.Marts, number: int) -> pd.DataFrame:
    """The verdicts of the scorecards, as `discoveries.rates` wants them."""
    return marts.read(
        "select split_part(survey_type, '/', 3)::bigint as company, branch::bigint as branch,"
        " case standing when 'above' then 1 when 'below' then -1 else 0 end as verdict,"
        " comparison_p_value as p_value"
        f" from publication.branch_scorecards where survey_type like 'standings/{number}/%'"
    )


def add_signals(marts: published.Marts, rng: np.random.Generator) -> None:
    """Companies in which nobody cheats, and some for each size of a cheat, by draws of their own."""
    for size in (None, *integrity.SIZES):
        marts.add_signals(integrity.companies(_companies(size), size, rng), f"integrity {size}")


def read_signals(marts: published.Marts, size: int | None) -> dict[tuple[str, str], float]:
    """Shares of companies in which a branch is named: any (no cheat), or the cheat of that size."""
    verdicts = marts.read(
        "select split_part(survey_type, '/', 2)::bigint as company, subject_kind, signal, subject, verdict"
        f" from marts.fct_integrity_tests where starts_with(survey_type, 'integrity {size}/')"
    )
    return integrity.named(verdicts, _companies(size), is_innocent=size is None)


def _companies(size: int | None) -> int:
    return integrity.PLANTED if size else integrity.COMPANIES


def kept(rates: discoveries.Rates) -> bool:
    """False discoveries at or under the nominal q, within the simulation's own error."""
    error: float = (discoveries.NOMINAL_Q * (1 - discoveries.NOMINAL_Q) / rates.companies) ** 0.5
    return rates.false_discoveries <= discoveries.NOMINAL_Q + _ERRORS_ALLOWED * error


def print_coverage(table: pd.DataFrame) -> None:
    """One line per size: mean, lowest and highest over scores and shapes; then the exceptions."""
    print("| answers | mean coverage | lowest | highest | mean width, points |")
    print("|---|---|---|---|---|")
    for size, rows in table.groupby("size"):
        shares = rows["coverage"]
        print(
            f"| {size:,} | {shares.mean():.1%} | {shares.min():.1%} | {shares.max():.1%}"
            f" | {rows['width'].mean():.1f} |"
        )
    outside = coverage.exceptions(table)
    print(f"\nOutside 93–97 %, of {(table['size'] >= coverage.SMALLEST).sum()} cells from 10 answers on:\n")
    print("| answers | true NPS | passives among the free answers | coverage |")
    print("|---|---|---|---|")
    for row in outside.itertuples():
        print(f"| {row.size:,} | {row.nps} | {row.passives:.0%} | {row.coverage:.1%} |")


def print_rates(title: str, rows: list[discoveries.Rates]) -> None:
    """One line per scenario."""
    print(f"\n{title}\n")
    print("| planted | false discoveries | companies with any | single tests at p ≤ 0.05 | found |")
    print("|---|---|---|---|---|")
    for rates in rows:
        found = "" if rates.power is None else f"{rates.power:.0%}"
        print(
            f"| {rates.scenario.name} | {rates.false_discoveries:.1%} | {rates.any_false:.1%}"
            f" | {rates.single:.1%} | {found} |"
        )


def print_causes(rows: list[root_causes.Rates]) -> None:
    """One line per scenario."""
    print("\nRoot causes (verdict more or fewer)\n")
    said = "it is found | an innocent is called a cause | any verdict on one"
    print(f"| accounts | planted odds | {said} | single tests at p ≤ 0.05 | interval holds 1 |")
    print("|---|---|---|---|---|---|---|")
    for each in rows:
        odds = "" if each.scenario.odds == 1 else f"× {each.scenario.odds:.0f}"
        print(
            f"| {each.scenario.accounts:,} | {odds or 'none'} | {f'{each.found:.0%}' if odds else ''}"
            f" | {each.innocent:.1%} | {each.any_verdict:.1%} | {each.single:.1%} | {each.coverage:.1%} |"
        )


def print_signals(shares: dict[int | None, dict[tuple[str, str], float]]) -> None:
    """One line per signal: who is named where nobody cheats, and the cheat found by its size."""
    print("\nSignals of manipulation (share of companies)\n")
    print(
        f"| signal | cheat | innocents named | {' | '.join(f'found, {size}' for size in integrity.SIZES)} |"
    )
    print(f"|---|---|---|{'---|' * len(integrity.SIZES)}")
    for (kind, name), signal in integrity.PLANTED_SIGNALS.items():
        found = " | ".join(f"{shares[size][kind, name]:.0%}" for size in integrity.SIZES)
        print(f"| {name}, {kind} | {signal.says} | {shares[None][kind, name]:.1%} | {found} |")
    print(f"| any of them | | {shares[None]['any', 'any']:.1%} |{' |' * len(integrity.SIZES)}")


def _branches(kind: str, number: int, drawn: pd.DataFrame) -> pd.DataFrame:
    named = drawn.assign(survey_type=_name(kind, pd.Series(number, drawn.index), drawn["company"]))
    return named.assign(branch=named["branch"].astype(str)).drop(columns="company")


def _name(kind: str, first: pd.Series[int], second: pd.Series[int]) -> pd.Series[str]:
    return kind + "/" + first.astype(str) + "/" + second.astype(str)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="make simulate")
    parser.add_argument("--groups", type=int, default=4_000, help="groups drawn for each cell of the grid")
    parser.add_argument("--companies", type=int, default=1_000, help="companies of 40 branches a scenario")
    parser.add_argument("--seed", type=int, default=20_261_121)
    sys.exit(main(**vars(parser.parse_args())))
