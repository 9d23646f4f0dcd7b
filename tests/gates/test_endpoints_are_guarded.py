"""Every endpoint is public by name or guarded; whatever else is registered is not served."""

from app.web.guards import Permission, guard_of

PUBLIC = {
    "accounts.forgotten": "where a new password is asked for; the answer tells nothing",
    "accounts.join": "where a password is chosen by a one-time link",
    "accounts.sign_in": "where one signs in",
    "health.alive": "asked by what watches the process",
    "health.ready": "asked by what sends requests here",
    "operations.metrics": "asked by what watches the figures: with a token or from this machine",
    "language.choose": "chosen before signing in, too",
    "static": "files without content of any tenant",
}
"""The only endpoints that ask for nobody, each with its reason."""


def endpoints(app):
    return {rule.endpoint for rule in app.url_map.iter_rules()}


def test_every_endpoint_is_labelled(app):
    unlabelled = {name for name in endpoints(app) if guard_of(app, name) is None}

    assert unlabelled == set()


def test_public_endpoints_are_those_named_here(app):
    public = {name for name in endpoints(app) if guard_of(app, name).is_public}

    assert public == set(PUBLIC)


def test_the_configuration_asks_for_a_permission_everywhere(app):
    asked = {
        name: guard_of(app, name).permission for name in endpoints(app) if name.startswith("admin_")
    }

    configuring = {Permission.CONFIGURE, Permission.MANAGE_USERS, Permission.OPERATE}
    assert asked
    assert set(asked.values()) == configuring


def test_flask_admin_brings_no_page_of_its_own(app):
    of_flask_admin = [
        name
        for name in endpoints(app)
        if name.startswith("admin")
        and any(word in name for word in ("ajax", "export", "action", "static", "details"))
    ]

    assert of_flask_admin == []
