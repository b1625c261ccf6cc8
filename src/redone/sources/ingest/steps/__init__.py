"""How columns are made from columns: the preparation steps of a mapping file."""
