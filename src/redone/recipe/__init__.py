"""From a recipe file to a run folder: settings, stages, resume and results."""
