"""`outpost simulate`: people with phones and tablets live days through the real client core against a real server.

What is made up here is the world: where people stand, what their receivers say, when there is signal, what the network
does to a request, who cheats. Phones, tablets and HQ are the product itself, spoken to as anybody would: the core's public
face and the HTTP API. What came of it is read back from the server's API and the devices' own journals (oracle.py).
"""
