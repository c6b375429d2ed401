"""The command line: `dh create`, `watch`, `batch`, …; needs the extra `cli`."""
