"""Files for other tools, held against plain readings of the profile and against the formats' own rules."""
