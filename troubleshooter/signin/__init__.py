"""Becoming somebody: Microsoft clouds and msal sign-in."""
