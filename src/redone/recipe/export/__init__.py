"""A recipe's stages in the formats of other trainers: their data, their rewards, their settings."""
