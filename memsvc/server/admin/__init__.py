"""The admin page at `/admin/`: static files, and the session that its browser holds.

All that the page shows and does goes through the public API, so there is nothing else here. The
page itself lies in `page/`, as plain ES modules that are served as they are; docs/admin-views.md
says how a view is added.
"""
