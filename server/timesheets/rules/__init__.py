"""How a day is made of facts, and a period of days. Pure: no database, no clock; the same facts give the same minutes."""
