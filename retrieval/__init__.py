"""Finding: stages that compose into recipes. Pure over ports."""
