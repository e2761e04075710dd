import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError, connections

from config import doctor

pytestmark = pytest.mark.django_db


def refusal():
    with pytest.raises(CommandError) as error:
        doctor.require_database()
    assert error.value.returncode == 2
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_good_database_passes():
    doctor.require_database()


def test_an_old_database_is_said(settings):
    settings.POSTGRES_MINIMUM = 99
    assert "99 or newer is needed" in refusal()


def test_missing_migrations_are_said(monkeypatch):
    monkeypatch.setattr(doctor, "pending", lambda using: ["risk.0001_initial", "risk.0002_x"])
    assert "not migrated (2 steps, first risk.0001_initial)" in refusal()


def test_a_scenario_asks_for_a_migrated_database(monkeypatch):
    monkeypatch.setattr(doctor, "pending", lambda using: ["risk.0001_initial"])
    with pytest.raises(CommandError, match="not migrated") as error:
        call_command("scenario", "tests/scenarios/three-days-late.yaml")
    assert error.value.returncode == 2


def test_a_database_that_is_away_is_said(monkeypatch):
    def fail():
        raise OperationalError("connection refused\n\tIs the server running?")

    monkeypatch.setattr(connections["default"], "ensure_connection", fail)
    assert refusal() == "The database is away: connection refused"
