"""From what people type to what is said: each step a module, put together by `front_end`.

`cleaning` takes away what nobody reads out, `figures` writes what the number reader does not know,
`hints` keeps a request's own readings, `mandarin` and `english` give pronunciations.
"""
