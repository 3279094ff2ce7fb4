"""How good scores are: how severe raters are, what a metric tells, which weights a past suggests. Pure: numbers in, numbers out.

Floats are at home here: nothing of it is signed or paid by. Raw scores are never replaced by what is estimated of them.
"""
