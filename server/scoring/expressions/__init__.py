"""Formulas of metrics: a small language over figures, read, judged for its units and computed exactly. Pure.

    complaints / dishes                      figures by their codes; a code with a dash in brackets: [new-dishes]
    share(complaints, dishes)                what one is of the other, in percent: 100 x a / b
    if(orders >= 20, on_time / orders, 0)    comparisons stand in a condition only
    min  max  sum  mean  round(x, 2)  abs

Nothing here runs Python: own tokens, own tree, a limit on length, size and depth. A figure that is not there, and a division by
zero, make the result missing; they are never an error and never a guess.
"""
