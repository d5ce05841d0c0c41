"""evenkeel in a notebook or a script: tables in, typed results out, no server (docs/how-to/use-as-a-library.md).

What is here reads data frames and files; what it says of them is decided by the rooms of `judge`.
"""
