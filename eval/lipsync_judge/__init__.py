"""How good rendered lips are: pure measures, two experiments, and pictures for the eye."""
