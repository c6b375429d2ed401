"""Parts of `bench/faults/__main__.py`: real tasks under kills, cuts and failing storage."""
