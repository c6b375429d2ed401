"""Parts of `bench/faults.py`: real tasks under kills, cuts and failing storage."""
