"""Sum the rows of a table that each text names."""

from gristmill.compiled._loops import compiled


@compiled
def add_rows(table, tokens, starts, out):
    """Into each row of `out` the sum of the table's rows that `tokens[starts[row]:starts[row + 1]]` name."""
    for row in range(len(starts) - 1):
        for at in range(starts[row], starts[row + 1]):
            for place in range(table.shape[1]):
                out[row, place] += table[tokens[at], place]
