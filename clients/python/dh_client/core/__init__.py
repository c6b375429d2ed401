"""All that the client does, without doing any of it: no sockets, no clocks, no sleep.

Each operation is a generator. It yields what is to be done (`wire`) and is sent what came of it;
`dh_client.drivers` does it, blocking or not.
"""
