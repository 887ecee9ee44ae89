"""Mutation testing of rules, folds, dimensions and the core: which small changes of the code no test notices."""
