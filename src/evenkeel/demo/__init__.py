"""A sample production of real software, to see evenkeel at work and to break on purpose."""
