"""What a cell is: quick ways that must say the same as the slow ones."""

from __future__ import annotations

import sys

from connector.readers.cells import has_digit


def test_a_digit_is_what_python_calls_one_in_any_script():
    for char in map(chr, range(sys.maxunicode + 1)):
        assert has_digit(f"a{char}b") == char.isdigit(), hex(ord(char))
