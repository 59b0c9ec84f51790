"""Money from the recipe to the ledger: caps hold, forecasts come true, consent is asked."""

import socket
from pathlib import Path
from typing import Any

import pytest
from commands import select
from endpoint_double import Double
from served_project import write_documents, write_recipe

from told_project import Said, gristmill

pytestmark = pytest.mark.ci
PRICES = "price_in: 1000, price_out: 4000"
SPENT = "SELECT coalesce(sum(cost), 0), coalesce(sum(requests), 0) FROM spent"
STATES = "SELECT state FROM runs ORDER BY id"


def spent(folder: Path, of: str = "") -> float:
    return float(select(folder, SPENT + of)[0][0])


def planned(folder: Path) -> Any:
    return gristmill(folder, "run", "--dry-run", "--json").json


def capped(said: Said, cap: str) -> bool:
    assert said.status == 3, said
    assert said.err.startswith(f"gristmill: the cap asking.{cap} of ")
    assert "nothing is paid twice" in said.err
    assert "set aside" not in said.err
    return "Traceback" not in said.err


def test_a_cap_of_a_run_stops_it_and_the_next_run_goes_on(double: Double, tmp_path: Path) -> None:
    write_documents(tmp_path, 12)
    write_recipe(tmp_path, double.url, f"{PRICES}, concurrency: 3", "asking: {run_cap: 8}\n")
    runs = 1
    while (said := gristmill(tmp_path, "run")).status:
        assert capped(said, "run_cap")
        assert spent(tmp_path, f" WHERE run = {runs}") <= 8
        assert f"run {runs} capped: the cap asking.run_cap of 8 is reached" in gristmill(tmp_path, "log").out
        runs += 1
        assert runs < 9
    assert runs > 1
    assert [state for (state,) in select(tmp_path, STATES)] == ["capped"] * (runs - 1) + ["done"]
    assert (double.stats()["requests"], double.stats()["distinct"]) == (24, 24)
    assert select(tmp_path, SPENT)[0][1] == 24


def test_the_cap_of_a_round_holds_over_runs_until_it_is_raised(double: Double, tmp_path: Path) -> None:
    write_documents(tmp_path, 12)
    write_recipe(tmp_path, double.url, PRICES, "asking: {round_cap: 9, run_cap: 8}\n")
    assert capped(gristmill(tmp_path, "run"), "run_cap")
    assert capped(gristmill(tmp_path, "run"), "round_cap")
    asked = double.stats()["requests"]
    assert spent(tmp_path) <= 9
    assert capped(gristmill(tmp_path, "run"), "round_cap")
    assert double.stats()["requests"] == asked
    write_recipe(tmp_path, double.url, PRICES, "asking: {round_cap: 100}\n")
    assert gristmill(tmp_path, "run").status == 0
    assert (double.stats()["requests"], double.stats()["distinct"]) == (24, 24)


def test_a_frozen_version_begins_a_new_round(double: Double, tmp_path: Path) -> None:
    write_documents(tmp_path, 4)
    write_recipe(tmp_path, double.url, PRICES, "asking: {round_cap: 8}\n")
    assert gristmill(tmp_path, "run").status == 0
    first = spent(tmp_path)
    write_documents(tmp_path, 8)
    assert gristmill(tmp_path, "run").status == 0
    assert first <= 8 < spent(tmp_path)


def test_a_cap_of_nothing_asks_nobody(double: Double, tmp_path: Path) -> None:
    write_documents(tmp_path, 2)
    write_recipe(tmp_path, double.url, PRICES, "asking: {run_cap: 0}\n")
    assert capped(gristmill(tmp_path, "run"), "run_cap")
    assert double.stats()["requests"] == 0


def test_a_cap_without_prices_is_a_mistake(tmp_path: Path) -> None:
    write_documents(tmp_path, 2)
    write_recipe(tmp_path, "https://models.example/v1", "", "asking: {run_cap: 5, consent: [models.example]}\n")
    said = gristmill(tmp_path, "run")
    assert said.status == 2
    assert "a cap needs prices" in said.err
    assert not (tmp_path / ".gristmill").exists()


def test_requests_that_failed_are_paid_and_counted(double: Double, tmp_path: Path) -> None:
    write_documents(tmp_path, 6)
    write_recipe(tmp_path, double.url, f"{PRICES}, concurrency: 2, rereads: 0")
    double.configure(sequence=["empty", "ok", "null", "ok"])
    try:
        assert gristmill(tmp_path, "run").status == 0
    finally:
        double.configure(sequence=[])
    requests = double.stats()["requests"]
    assert requests == 14
    assert select(tmp_path, SPENT)[0][1] == requests


def test_requests_that_were_refused_are_not_counted_as_lost(
    double: Double, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MILL_KEY", "a wrong key")
    write_documents(tmp_path, 20)
    write_recipe(tmp_path, double.url, f"{PRICES}, key: MILL_KEY", "asking: {round_cap: 100}\n")
    double.configure(key="the right key")
    try:
        assert [gristmill(tmp_path, "run").status for _ in range(3)] == [2, 2, 2]
    finally:
        double.configure(key="")
    assert select(tmp_path, SPENT) == [(0, 0)]
    assert gristmill(tmp_path, "run").status == 0


@pytest.mark.parametrize("checks", ["length", "length, round_trip"])
def test_a_slice_forecasts_what_the_whole_run_spends(double: Double, tmp_path: Path, checks: str) -> None:
    write_documents(tmp_path, 60)
    write_recipe(tmp_path, double.url, PRICES, checks=checks)
    assert gristmill(tmp_path, "run", "--limit", "10").status == 0
    before, forecast = spent(tmp_path), planned(tmp_path)
    assert forecast["seats"][0]["requests"] == 100
    assert gristmill(tmp_path, "run").status == 0
    really = spent(tmp_path) - before
    assert forecast["cost"] == pytest.approx(really, rel=0.15)
    assert planned(tmp_path)["cost"] == 0


def test_a_dry_run_spends_nothing(double: Double, tmp_path: Path) -> None:
    write_documents(tmp_path, 3)
    write_recipe(tmp_path, double.url, PRICES)
    said = gristmill(tmp_path, "run", "--dry-run")
    assert said.out.endswith("Nobody was asked.\n")
    assert (double.stats()["requests"], spent(tmp_path)) == (0, 0)


def test_text_goes_to_no_host_without_consent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up: list[Any] = []
    for name in ("getaddrinfo", "gethostbyname", "create_connection"):
        monkeypatch.setattr(socket, name, lambda *words, **_: looked_up.append(words))
    monkeypatch.setattr(socket.socket, "connect", lambda *words: looked_up.append(words))
    write_documents(tmp_path, 2)
    recipe = write_recipe(tmp_path, "https://models.example/v1")
    for words in (["check"], ["run"], ["run", "--dry-run"], ["prompt"], ["generate", "recipe.yaml"]):
        said = gristmill(tmp_path, *words)
        assert said.status == 2, words
        assert "would be sent to models.example, and the recipe does not consent" in said.err
    assert not looked_up
    assert not (tmp_path / ".gristmill").exists()
    recipe.write_text(f"{recipe.read_text('utf-8')}asking: {{consent: [models.example]}}\n", "utf-8")
    assert gristmill(tmp_path, "check").status == 0
    assert gristmill(tmp_path, "run", "--dry-run").status == 0
    assert not looked_up
