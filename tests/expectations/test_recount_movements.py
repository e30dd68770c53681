"""Movements of MRR become what accounts pay: by dbt's way and the recount's, from one file."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from expectations.recount import billing
from expectations.recount.documents import DAY
from expectations.recount.versions import RawRecords
from ingestion.load import load_source
from tests.dbt.conftest import Warehouse
