"""Where preference pairs come from: experts, the judges they vouch for, options, and the model's mistakes."""
