"""Say that the main program is a file; `tests.programs` loads this before everything else.

The process that forks programs is started without one, as a notebook is, and DuckDB then draws
the progress of slow queries onto the standard output, in front of what a command prints there.
"""

import sys

sys.modules["__main__"].__file__ = __file__
