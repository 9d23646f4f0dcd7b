"""The HTTP shell: templates, guards, opaque ids, security headers, languages, error pages."""
