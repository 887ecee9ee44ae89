"""Questions about tenures: histories, appointments, concurrent posts, replacements, contests."""
