"""What a text sounds like, before any voice: the words that are said and their pinyin.

`cleaning` takes away what nobody reads out, `figures` and `english` write
numbers and signs in words (`rules` is what both are made of), `sentences` divides, `hints`
keeps a request's own readings, `mandarin` gives pronunciations; `reader` puts them together. The
jobs make symbols of it, the API shows it before anything is spoken.
"""
