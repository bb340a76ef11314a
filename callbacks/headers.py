"""Security headers on every answer."""

from __future__ import annotations

from dash import Dash
from flask import Flask, Response

from callbacks.identity import get_settings

YEAR = 365 * 86_400  # seconds in which a browser comes back by https alone


def register(server: Flask, app: Dash) -> None:
    scripts: list[str] = []

    def build_policy() -> str:
        """Known once all callbacks are: Dash writes some of them into the page, named here by their hash."""
        if not scripts:
            scripts.extend(app.csp_hashes())
        return "; ".join(
            (
                "default-src 'none'",
                f"script-src 'self' {' '.join(scripts)}",
                "style-src 'self' 'unsafe-inline'",
                "connect-src 'self'",
                "font-src 'self'",
                "manifest-src 'self'",
                "worker-src 'self'",
                "img-src 'self' data: blob:",
                "base-uri 'none'",
                "object-src 'none'",
                "form-action 'self'",
                "frame-ancestors 'none'",
            )
        )

    @server.after_request
    def _protect(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = build_policy()
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["X-Frame-Options"] = "DENY"
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        if get_settings().origin.startswith("https://"):
            response.headers["Strict-Transport-Security"] = f"max-age={YEAR}"
        return response
