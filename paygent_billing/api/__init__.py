"""What programs and the desk may call over HTTP: thin, typed, POST only, each method checked for permission.

Frappe checks argument types only when the annotations are real types, so these modules do not postpone them
(`from __future__ import annotations` would switch the check off).
"""
