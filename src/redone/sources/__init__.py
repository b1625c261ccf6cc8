"""Where records come from: the simulated platform, and users' own dumps."""
