"""HTTP alone: routes of a few lines over state, snapshot and pages. No maths, and nothing stored between two requests.

Layout: `site` the pages there are and their routes · `responses` what a page answers, as HTTP · `api` the JSON,
`bodies` its requests, `openapi` what the document promises · `reference` the context of the API's page, `field_tables`
the fields on it, `examples` its programs · `errors` problem+json and its HTML twin · `limits` limits and headers of
every answer · `assets` static files · `render` Jinja.
"""
