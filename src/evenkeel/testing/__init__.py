"""Simulated clock, identities and disk: the fakes our own tests use, for the tests of plugin authors."""
