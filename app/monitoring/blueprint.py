"""The blueprint of the pages of figures; the modules of views put their routes on it."""

from flask import Blueprint

pages = Blueprint("monitoring", __name__, template_folder="templates")
