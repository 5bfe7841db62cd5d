"""
The measure: what a Django developer writes in ten minutes for the same rows, and nothing that it could do without.

The same server, settings, middleware and sign-in; one plain query for each thing that is shown.
"""
