"""Pure definitions: facts, timelines, deciders, projections, dates and the rows on two time axes."""
