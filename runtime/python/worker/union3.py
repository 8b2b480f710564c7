"""One list of columns made of several: those of all ways in which a plugin may be asked
or its source be followed. A column here is a [title, module of the type, its name]
list."""


def typed(column):
    """A column of columns3 as such a list."""
    title, kind = column
    return [title, kind.__module__, kind.__qualname__]


def columns(ran, read):
    """The records of columns, in the order in which the first table has them: each
    other stands before that which follows it in its own."""
    tables = ran + [table for table in read if table not in ran]
    order = []
    for table in tables:
        for place, column in enumerate(table):
            if not any(column[0] == other[0] for other in order):
                order.insert(place_of(table[place + 1 :], order), column)
    return [
        {
            "title": column[0],
            "type": column[2].rpartition(".")[2],
            "sometimes": not all(any(column[0] == other[0] for other in table) for table in tables),
        }
        for column in order
    ]


def place_of(following, order):
    """The place before the first of those that follow, or the end."""
    titles = [column[0] for column in order]
    return next((titles.index(column[0]) for column in following if column[0] in titles), len(order))


def how(ran, read):
    """Where columns were found. Where both ways found some and not the same, it is the
    one that has more of them."""
    in_run, in_source = every(ran), every(read)
    if in_run == in_source:
        return "both" if in_run else ""
    return "source" if len(in_source) > len(in_run) else "run"


def every(tables):
    return set(tuple(column) for table in tables for column in table)
