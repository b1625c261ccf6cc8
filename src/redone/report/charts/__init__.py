"""Drawings as inline SVG. Colours come from the page's style rules, so they follow light and dark."""
