"""Receivers of notifications: real servers on this machine that take what the providers document, and nothing else."""
