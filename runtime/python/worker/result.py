"""The end record of a command."""
from .failure import Failure


def message_of(support, request):
    """The generated description of the message that the rows are. support is the
    drop-ins' support module, or None where there are none. It is made here, where
    children inherit it."""
    message = made(support, request["message"]) if support else None
    if message is None:
        raise Failure(
            "unknown-plugin",
            "there is no generated module for %s under Volatility %d" % (request["message"], request["version"]),
            "make one with protoc-gen-volrender, lang=python%d" % request["version"],
        )
    return message


def made(support, full_name):
    try:
        message = support.messages.get(full_name)
        return message and message.made()
    except support.Refused as refusal:
        raise Failure(refusal.code, refusal.message, refusal.hint)


def end_record(report, plugin, volatility):
    missing = []
    for field, _column in report.missing:
        if field not in missing:
            missing.append(field)
    lost = [
        {"field": field, "reason": reason, "count": count}
        for (field, reason), count in sorted(report.lost.items())
    ]
    return {
        "rows": report.rows,
        "plugin": plugin,
        "volatility": volatility,
        "missing": missing,
        "lost": lost,
        "warnings": list(report.warnings),
    }
