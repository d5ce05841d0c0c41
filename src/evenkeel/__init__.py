"""evenkeel: AI in production, judged without false green and without false red.

`import evenkeel` is the SDK and client and loads nothing else (docs/how-to/send-events.md):

    ek = evenkeel.Client("http://localhost:4318", key="…", service="churn-model", version="1.4.0")
    ek.log_prediction("order-17", label="stays", score=0.93, latency_s=0.012)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from evenkeel.observe.sdk.client import Client

__all__ = ["Client", "__version__"]


def __getattr__(name: str) -> Any:
    if name == "Client":
        from evenkeel.observe.sdk.client import Client

        return Client
    msg = f"module 'evenkeel' has no attribute {name!r}"
    raise AttributeError(msg)
