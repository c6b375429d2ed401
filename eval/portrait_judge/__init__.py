"""How alive a still photo becomes: measures of a rendered portrait, and pictures for the eye."""
