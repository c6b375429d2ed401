"""Latin words as symbols: acronyms spelled, brands as people say them, the rest by espeak-ng."""
