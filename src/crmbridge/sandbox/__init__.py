"""A HubSpot-compatible server with a generated B2B portal: for the demo, for tests, for plugin authors."""

from __future__ import annotations

from crmbridge.sandbox.dumps import dump_portal, load_portal
from crmbridge.sandbox.generator import generate, generate_bulk
from crmbridge.sandbox.portal import Portal
from crmbridge.sandbox.process import SandboxProcess, serve_apart
from crmbridge.sandbox.server import create_app, serve
from crmbridge.sandbox.switches import Switches
from crmbridge.sandbox.transport import SandboxTransport

__all__ = [
    "Portal",
    "SandboxProcess",
    "SandboxTransport",
    "Switches",
    "create_app",
    "dump_portal",
    "empty_portal",
    "generate",
    "generate_bulk",
    "load_portal",
    "serve",
    "serve_apart",
]


def empty_portal() -> Portal:
    """Return a portal with standard definitions, the default pipeline and nothing in it."""
    return Portal()
