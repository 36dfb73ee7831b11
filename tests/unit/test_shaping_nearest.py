"""Known SKUs like one nobody knows: found through slips, capitals and signs, and nothing far-fetched."""

import pyarrow as pa
import pytest

from connector.shaping.nearest import Nearest

KNOWN = Nearest(
    pa.array(["TS-RED-M", "TS-RED-L", "TS-BLU-M", "8901234567890", "ÄRMEL 7", "X"], type=pa.large_string())
)


@pytest.mark.parametrize(
    ("written", "nearest"),
    [
        ("TS-RDE-M", "TS-RED-M"),
        ("ts red l", "TS-RED-L"),
        ("TSBLUM", "TS-BLU-M"),
        ("TS-BLU-MM", "TS-BLU-M"),
        ("8901234567899", "8901234567890"),
        ("ärmel7", "ÄRMEL 7"),
    ],
)
def test_a_slip_is_seen_through(written, nearest):
    assert KNOWN.of(written)[0] == nearest


@pytest.mark.parametrize("written", ["", "X", "QQ-9", "1234567890123", "TS"])
def test_nothing_far_fetched(written):
    assert KNOWN.of(written) == []
