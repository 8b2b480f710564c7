"""The end record of a command."""
from .failure import Failure


def message_of(support, request):
    """The generated description of the message that the rows are."""
    message = support.messages.get(request["message"])
    if message is None:
        raise Failure(
            "unknown-plugin",
            "no generated module knows the message " + request["message"],
            "generate it with protoc-gen-volrender and add its folder to the drop-ins",
        )
    return message


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
