"""Three applications of one model: harmful notes, searches after reading, titles made anew."""
