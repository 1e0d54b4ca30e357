"""Tell a chat channel what a run wrote, by an incoming webhook as Slack, Mattermost and others have them.

Save it as bridgefile.py beside crmbridge.toml, with its address there:

    [plugins.bridgefile]
    webhook = "https://chat.example/hooks/…"

The address is a secret: whoever knows it can post. A chat that cannot be reached changes nothing in the run.
"""

from __future__ import annotations

import httpx
from pydantic import SecretStr

from crmbridge import Event, PluginSettings, RunContext, hookimpl


class NotifySettings(PluginSettings):
    """The table ``[plugins.bridgefile]``."""

    webhook: SecretStr


@hookimpl
def register_settings() -> type[NotifySettings]:
    """Take the address."""
    return NotifySettings


@hookimpl
def on_event(ctx: RunContext[NotifySettings], event: Event) -> None:
    """Send one line per apply. Events hold counts and names of connections, never anything personal."""
    if event.kind == "apply-finished":
        counts = ", ".join(f"{count} {name}" for name, count in event.counts.items() if count) or "nothing to do"
        text = f"crmbridge, {event.connection}: {counts}"
        answer = httpx.post(ctx.settings.webhook.get_secret_value(), json={"text": text}, timeout=10)
        answer.raise_for_status()
