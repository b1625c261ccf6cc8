"""The parts of the page: each turns run data into what its template prints, or None when there is nothing."""
