"""The REST API.

Its import makes a hundred thousand objects that all stay. At the usual threshold the garbage
collector goes through them again and again, some 6 % of a cold start, and finds nothing.
"""

import gc

gc.set_threshold(100_000, 20, 20)
