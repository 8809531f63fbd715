"""HTTP alone: routes of a few lines over state, snapshot and pages. No maths, and nothing kept between two requests.

Layout: `api` the JSON, `bodies` how a request's is read, `openapi` what the document promises · `reference` the context
of the API's page, `field_tables` the fields on it, `examples` its programs · `rooms` and `responses` how a page is
answered · `errors` problem+json and its HTML twin · `limits` of every request · `assets` static files · `render` Jinja.
"""
