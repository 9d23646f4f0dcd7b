"""The blueprints of the pages of people; the modules of views put their routes on them."""

from flask import Blueprint

pages = Blueprint("cases", __name__, template_folder="templates")
todo_pages = Blueprint("todo", __name__)
"""What waits for whom: an entry of its own in the navigation."""
