"""Facts, timelines, deciders, projections and the two time axes: pure definitions that everything else stands on."""
