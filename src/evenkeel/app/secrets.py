"""The secrets that the configuration names: variables of this process's environment, and files."""

from __future__ import annotations

import os

from evenkeel.org.config.secrets import Secrets


def own_secrets() -> Secrets:
    """Where this process reads secrets from."""
    return Secrets(os.environ)
