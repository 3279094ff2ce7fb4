"""The console through Flask's own client: headers, tokens, rights, escaping, exports."""
