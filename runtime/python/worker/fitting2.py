"""Which of Volatility 2's commands are for the system that the profile is of."""


def send(engine, request, control):
    """Sends the record: the commands that work with the profile. No memory is read."""
    profile = engine.profile(request["profile"])
    plugins = sorted(name for name, plugin in engine.plugins.items() if works_with(plugin, profile))
    control.send(
        "fitting",
        system=profile.metadata.get("os", ""),
        plugins=plugins,
        others=sorted(set(engine.plugins) - set(plugins)),
        needs={},
        code="",
        message="",
        hint="",
    )


def works_with(plugin, profile):
    try:
        return bool(plugin.is_valid_profile(profile))
    except Exception:  # a plugin of the user's: it will say so itself
        return True
