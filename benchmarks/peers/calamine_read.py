"""python-calamine alone: every cell of the first sheet as a Python value, and nothing done with it."""

import sys

import python_calamine

path, _server = sys.argv[1:]
sheet = python_calamine.load_workbook(path).get_sheet_by_index(0)
print(sum(len(row) for row in sheet.to_python()))
