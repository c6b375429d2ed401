"""What every bench needs: the form of its figures, peak memory, plots."""
