"""What makes a roster lawful, fair and covered: judged alike by tablet, phone, console, API, import and solver.

shapes: the facts rules look at, as instants; problem: the same as the solver's JSON, in local times; rules: the judge.
"""
